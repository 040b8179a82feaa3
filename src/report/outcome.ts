// What an apply did, also when it failed: data and one sentence.
import type { Outcome, Result } from '../reconcile/apply.ts';
import type { Plan } from '../reconcile/plan.ts';
import type { ProbeReport } from '../reconcile/probe.ts';
import { hookStepsDone, hookStepView } from './hooks.ts';
import type { Style } from './style.ts';
import { counted, formatMs } from './words.ts';

export const endings: Readonly<Record<Exclude<Result, 'unchanged' | 'applied'>, string>> = {
  'not-activated': 'Not applied: nothing was activated, the host runs what it ran before.',
  reverted: 'Not applied: the switch was taken back, the host runs what it ran before.',
  stuck: 'Stuck: the switch failed, and so did the way back. `trueingress status` shows what runs where.',
};

export function outcomeText(plan: Plan, outcome: Outcome, ms: number, style: Style): string {
  const { result } = outcome;
  if (result === 'unchanged') return '';
  const phases = outcome.phases.map(({ name, ms: took }) => `${name} ${formatMs(took)}`).join(', ');
  const headline =
    result === 'applied'
      ? style.added(`Applied generation ${plan.generation} in ${formatMs(ms)}`) + deeds(plan, outcome)
      : style.removed(endings[result]);
  return `${headline}\n${phases ? `${style.faint(`  ${phases}`)}\n` : ''}`;
}

function deeds(plan: Plan, { staged, probes }: Outcome): string {
  const parts: string[] = [];
  if (staged) {
    parts.push(`staged ${counted(staged.rowsWritten, 'row')}${staged.loaded ? ' in a new load' : ''}`);
    if (staged.rowsDeleted) parts.push(`took out ${counted(staged.rowsDeleted, 'row')}`);
  }
  if (probes) parts.push(probesText(probes));
  const hooks = hookStepsDone(plan.hooks);
  if (hooks) parts.push(hooks);
  return parts.length ? `: ${parts.join(', ')}.` : '.';
}

/** Says so when not every changed service was probed. */
function probesText({ packets, services, touched, expectations }: ProbeReport): string {
  const notes = [
    ...(services < touched ? [`${services} of ${touched} changed services`] : []),
    ...(expectations ? [`${counted(expectations, 'expectation')} met`] : []),
  ];
  return counted(packets, 'probe') + (notes.length ? ` (${notes.join(', ')})` : '');
}

export function outcomeFields(plan: Plan, outcome: Outcome, ms: number): Record<string, unknown> {
  return {
    command: 'apply',
    instance: plan.instance,
    result: outcome.result,
    generation: plan.generation,
    slot: plan.slot,
    ms: rounded(ms),
    phases: outcome.phases.map((phase) => ({ name: phase.name, ms: rounded(phase.ms) })),
    staged: outcome.staged && {
      loaded: outcome.staged.loaded,
      rowsWritten: outcome.staged.rowsWritten,
      rowsDeleted: outcome.staged.rowsDeleted,
    },
    probes: outcome.probes && probesFields(outcome.probes),
    hooks: plan.hooks.map(hookStepView),
  };
}

function probesFields({
  packets,
  services,
  touched,
  others,
  expectations,
  mixed,
}: ProbeReport): Record<string, unknown> {
  const flows = typeof mixed === 'number' ? { mixed } : { mixed: 0, notMixed: mixed };
  return { packets, services, touched, others, expectations, ...flows };
}

/** Milliseconds to the microsecond. */
export function rounded(ms: number): number {
  return Math.round(ms * 1000) / 1000;
}
