// What a revert would do, and what it did.
import { countChanges } from '../reconcile/plan.ts';
import type { RevertOutcome, RevertPlan } from '../reconcile/revert.ts';
import { changesText, changeView, countsText } from './changes.ts';
import { hookStepsDone, hookStepText, hookStepView } from './hooks.ts';
import { rounded } from './outcome.ts';
import type { Style } from './style.ts';
import { formatMs } from './words.ts';

export function revertPlanText({ objects, hooks, from, to }: RevertPlan, all: boolean, style: Style): string {
  // A second revert undoes the first.
  const isBack = !to || to.meta.generation < from.meta.generation;
  const way = `${isBack ? 'back' : 'forward'} to ${to?.meta.generation ?? 'nothing: everything is taken off'}`;
  const parts = [
    changesText(objects, all, style),
    hooks.map((step) => `  ${style.changed('*')} ${hookStepText(step)}\n`).join(''),
    `Plan: from generation ${from.meta.generation} ${way}: ${countsText(objects)}.\n`,
  ];
  return parts.filter((part) => part !== '').join('\n');
}

export function revertPlanFields({ instance, from, to, objects, hooks }: RevertPlan): Record<string, unknown> {
  return {
    instance,
    empty: false,
    counts: countChanges(objects),
    live: { generation: from.meta.generation, slot: from.name },
    generation: to?.meta.generation ?? 0,
    slot: (to ?? from).name,
    stages: false,
    changes: objects.map(changeView),
    renewals: [],
    settles: [],
    repairsPins: false,
    hooks: hooks.map(hookStepView),
  };
}

export function revertText(plan: RevertPlan, outcome: RevertOutcome, ms: number, style: Style): string {
  switch (outcome.result) {
    case 'applied': {
      const hooks = hookStepsDone(plan.hooks);
      const target = plan.to ? `generation ${plan.to.meta.generation}` : 'nothing, as it was before the first apply,';
      const headline = style.added(`Reverted to ${target} in ${formatMs(ms)}`);
      return `${headline}${hooks ? `: ${hooks}` : ''}.\n`;
    }
    case 'stuck':
      return `${style.removed('Stuck: the switch failed, and so did the way back. `trueingress status` shows what runs where.')}\n`;
    default:
      return `${style.removed('Not reverted: the host runs what it ran before.')}\n`;
  }
}

export function revertFields(plan: RevertPlan, outcome: RevertOutcome, ms: number): Record<string, unknown> {
  return {
    command: 'revert',
    instance: plan.instance,
    result: outcome.result,
    generation: plan.to?.meta.generation ?? 0,
    slot: (plan.to ?? plan.from).name,
    ms: rounded(ms),
    phases: [],
    hooks: plan.hooks.map(hookStepView),
  };
}
