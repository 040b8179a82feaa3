// What waits for a confirmation, as text and as data; it knows nothing of how one waits.
import type { Style } from './style.ts';
import { formatMs, whenText } from './words.ts';

export interface ConfirmationView {
  readonly instance: string;
  readonly generation: number;
  /** 0: nothing, everything is taken off. */
  readonly goesBackTo: number;
  readonly withinMs: number;
  /** ISO 8601, by the clock of when it began. */
  readonly until: string;
  /** Negative: overdue. */
  readonly remainingMs: number;
  /** Whether the process that takes it back is there. */
  readonly timerRuns: boolean;
  readonly timer: string;
  /** What confirms by itself: a command, `learned`; empty: nothing. */
  readonly probe: string;
  /** Who applied it. */
  readonly by: string;
}

/** For `status`, and after an apply. */
export function confirmationText(view: ConfirmationView): string {
  const { instance, generation, remainingMs, probe, timerRuns } = view;
  const untilMs = Date.parse(view.until);
  const until = whenText(untilMs, untilMs - remainingMs);
  const back = backText(view);
  if (remainingMs <= 0)
    return `Not confirmed in time: generation ${generation} is overdue since ${until}${timerRuns ? `; ${back} any moment` : ', and its timer is gone; the next command that changes anything takes it back'}.\n`;
  const by = probe
    ? `\n  or is confirmed by itself: ${probe === 'learned' ? 'when its tunnels are heard again' : `when this succeeds: ${probe}`}`
    : '';
  const gone = timerRuns ? '' : '\n  its timer is gone: overdue, the next command that changes anything takes it back';
  return `Not confirmed yet: generation ${generation} ${back} at ${until} (in ${seconds(remainingMs)}), unless you say\n  trueingress confirm -i ${instance}${by}${gone}\n`;
}

export function backText({ goesBackTo }: Pick<ConfirmationView, 'goesBackTo'>): string {
  return goesBackTo ? `goes back to generation ${goesBackTo}` : 'is taken off again, with everything of the instance,';
}

export function seconds(ms: number): string {
  return ms < 1000 ? formatMs(ms) : `${Math.ceil(ms / 1000)} s`;
}

export function confirmationFields(view: ConfirmationView): Record<string, unknown> {
  const { generation, goesBackTo, withinMs, until, remainingMs, timer, timerRuns, probe, by } = view;
  return {
    generation,
    goesBackTo: goesBackTo || null,
    withinMs,
    until,
    remainingMs: Math.max(0, Math.round(remainingMs)),
    overdue: remainingMs <= 0,
    timer,
    timerRuns,
    probe: probe || null,
    by,
  };
}

export type Confirmed = 'confirmed' | 'already' | 'nothing' | 'too-late';

export function confirmedText(
  instance: string,
  generation: number,
  result: Exclude<Confirmed, 'too-late'>,
  style: Style,
): string {
  switch (result) {
    case 'confirmed':
      return `${style.added(`Confirmed generation ${generation} of ${instance}`)}: it stays.\n`;
    case 'already':
      return `Generation ${generation} of ${instance} is confirmed already.\n`;
    case 'nothing':
      return `Nothing of ${instance} waits for a confirmation.\n`;
    default:
      return result satisfies never;
  }
}

/** @param generation that runs now; 0: none */
export function confirmedFields(instance: string, generation: number, result: Confirmed): Record<string, unknown> {
  return { instance, result, generation };
}

/** Below a status; nothing where nothing waits. */
export function confirmationLines(view: ConfirmationView | undefined): string {
  return view ? `\n${confirmationText(view)}` : '';
}

export function confirmationField(view: ConfirmationView | undefined): Record<string, unknown> {
  return view ? { confirmation: confirmationFields(view) } : {};
}
