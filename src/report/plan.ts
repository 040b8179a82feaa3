// A plan as text and as data. Says everything that an apply of it would do; a key is never more than "(sensitive)".
import { driftTexts } from '../reconcile/drift.ts';
import { countChanges, isEmptyPlan, type Plan, type Renewal } from '../reconcile/plan.ts';
import { changesText, changeView, countsText } from './changes.ts';
import { hookStepText, hookStepView } from './hooks.ts';
import { keptText } from './kept.ts';
import type { Style } from './style.ts';

const renewals: Readonly<Record<Renewal, string>> = {
  program: 'loads another build of the programs',
  constants: 'loads the programs anew: role, flags and what a file uses at all are constants in them',
  drift: 'stages its rows again: the live ones were edited by hand',
  incomplete: 'loads the programs anew: one of them was lost with its pin',
  layout: 'replaces tables of another build; what they learned is carried over',
  unreadable: 'replaces tables of another build that cannot be read; what they learned is unlearned',
};

export function planText(plan: Plan, all: boolean, style: Style): string {
  const kept = keptText(plan, all, style);
  if (isEmptyPlan(plan)) return [kept, 'No changes.\n'].filter((part) => part !== '').join('\n');
  const beside = besideRows(plan);
  const parts = [
    changesText(plan.objects, all, style),
    kept,
    driftLines(plan)
      .map((line) => `  ${style.changed('!')} ${line}\n`)
      .join(''),
    beside.map((line) => `  ${style.changed('*')} ${line}\n`).join(''),
    `Plan: ${countsText(plan.objects)}${besideText(plan, beside.length)}.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

/** Where it was saved, and what for. */
export function savedText(path: string): string {
  return `Saved as ${path}: \`trueingress apply ${path}\` does exactly this, once.\n`;
}

/** Three zeros alone would read as "nothing to do". */
function besideText({ objects }: Plan, beside: number): string {
  const { add, change, delete: gone } = countChanges(objects);
  const steps = beside + objects.length;
  return add + change + gone > 0 ? '' : `; ${steps} other ${steps === 1 ? 'step' : 'steps'}`;
}

/** What happens beside tunnels, services and interfaces. */
function besideRows(plan: Plan): string[] {
  return [
    ...plan.settles.map(
      ({ interfaceName, direction }) => `finish an interrupted switch: ${interfaceName} ${direction}`,
    ),
    ...plan.renewals.map((renewal) => renewals[renewal]),
    ...(plan.repairsPins ? ['pin the live generation again'] : []),
    ...(plan.marksLived ? ['note that the live generation has run'] : []),
    ...plan.hooks.map(hookStepText),
  ];
}

/** What this takes back because no file has it. */
function driftLines({ drift }: Plan): string[] {
  if (!drift) return [];
  return drift.rows.length
    ? driftTexts(drift)
    : ['not from a file: live rows were edited by hand; which ones cannot be told from what this file changes'];
}

export function planFields(plan: Plan): Record<string, unknown> {
  const { live } = plan;
  return {
    instance: plan.instance,
    role: plan.topology.role,
    empty: isEmptyPlan(plan),
    counts: countChanges(plan.objects),
    live: live.slot ? { generation: live.slot.meta.generation, slot: live.slot.name, state: live.state } : undefined,
    generation: plan.generation,
    slot: plan.slot,
    stages: plan.stages,
    changes: plan.objects.map(changeView),
    renewals: plan.renewals,
    settles: plan.settles.map(({ interfaceName, ifindex, direction, kind }) => ({
      interface: interfaceName,
      ifindex,
      direction,
      hook: kind,
    })),
    repairsPins: plan.repairsPins,
    hooks: plan.hooks.map(hookStepView),
    policy: plan.policy,
    kept: plan.kept.map(changeView),
    drifted: plan.drift !== undefined,
    drift: plan.drift?.rows ?? [],
  };
}
