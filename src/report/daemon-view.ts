// The daemon as data and text: its state, its runs, its events. What is data here is also what it says through its socket.
import type { Problem } from '../problem.ts';
import {
  type DaemonEvent,
  type DaemonEventKind,
  type DaemonState,
  eventKinds,
  type RunRecord,
  warningsIn,
} from '../watch/state.ts';
import { problemLine } from './daemon.ts';
import { jsonProblem } from './json.ts';
import { formatProblem } from './problems.ts';
import type { Style } from './style.ts';
import { formatAge, formatMs, whenText } from './words.ts';

export interface RunView {
  readonly reason: string;
  readonly result: string;
  readonly exitCode: number;
  /** Of its end; ISO 8601. */
  readonly time: string;
  readonly ms: number;
  readonly generation: number | null;
  readonly changes: RunRecord['changes'] | null;
  readonly driftRows: number;
  readonly phases: RunRecord['phases'];
}

export interface DaemonView {
  readonly pid: number;
  readonly startedAt: string;
  readonly files: readonly string[];
  readonly listen: string | null;
  readonly ready: boolean;
  readonly notReady: readonly string[];
  readonly lastRun: RunView | null;
  readonly lastSuccess: string | null;
  readonly faults: readonly Problem[];
  /** Of the last run. Absent: it is of an older version. */
  readonly warnings?: readonly Problem[];
  /** Since when there are any. Absent, as `waiting`: it is of an older version. */
  readonly faultsSince?: string | null;
  readonly backOffMs: number;
  /** Between runs that nothing else asks for, within a tenth. Absent: it is of an older version. */
  readonly intervalMs?: number;
  readonly suspended: boolean;
  /** Reasons of a run that has not begun. */
  readonly waiting?: readonly string[];
  readonly runs: Readonly<Record<'converged' | 'held' | 'failed', number>>;
  readonly driftRepairs: number;
  readonly rescues: number;
  readonly pings: { readonly sent: number; readonly failed: number };
}

export interface Around {
  readonly pid: number;
  readonly listen: string | undefined;
  readonly notReady: readonly string[];
  readonly waiting: ReadonlySet<string>;
  readonly intervalMs: number;
}

export function daemonView(state: DaemonState, { pid, listen, notReady, waiting, intervalMs }: Around): DaemonView {
  const { lastRun, lastSuccess, counts } = state;
  const { converged, held, failed } = counts;
  return {
    pid,
    startedAt: isoMs(state.startedMs),
    files: state.files,
    listen: listen ?? null,
    ready: notReady.length === 0,
    notReady,
    lastRun: lastRun ? runView(lastRun) : null,
    lastSuccess: lastSuccess ? isoMs(lastSuccess.timeMs) : null,
    faults: state.faults.map(jsonProblem),
    warnings: warningsIn(lastRun).map(jsonProblem),
    faultsSince: state.faultsSinceMs === undefined ? null : isoMs(state.faultsSinceMs),
    backOffMs: state.backOffMs,
    intervalMs,
    suspended: state.isSuspended,
    waiting: [...waiting],
    runs: { converged, held, failed },
    driftRepairs: counts.drifts,
    rescues: counts.rescues,
    pings: { sent: counts.pings, failed: counts.pingFailures },
  };
}

export function runView({
  reason,
  result,
  exitCode,
  timeMs,
  ms,
  generation,
  changes,
  driftRows,
  phases,
}: RunRecord): RunView {
  return {
    reason,
    result,
    exitCode,
    time: isoMs(timeMs),
    ms: Math.round(ms * 1000) / 1000,
    generation: generation ?? null,
    changes: changes ?? null,
    driftRows,
    phases,
  };
}

/** For `status`. @param nowMs CLOCK_REALTIME */
export function daemonText(view: DaemonView | undefined, nowMs: number, style: Style): string {
  if (!view) return '\nno daemon keeps it so\n';
  const { pid, startedAt, files, lastRun, backOffMs, suspended, faults, warnings } = view;
  const lines = [
    `daemon: pid ${pid}, since ${whenText(Date.parse(startedAt), nowMs)} (${ageOf(startedAt, nowMs)}), following ${files.join(', ')}`,
    lastRun
      ? `last run ${ageOf(lastRun.time, nowMs)} (${lastRun.reason}): ${resultText(lastRun.result, style)} in ${formatMs(lastRun.ms)}`
      : 'no run has ended yet',
    ...faults.map((fault) => style.removed(problemLine(fault))),
    ...(warnings ?? []).map((warning) => style.changed(problemLine(warning))),
    ...(backOffMs > 0 ? [`tries again within ${formatMs(backOffMs)}`] : []),
    ...(suspended ? [`${style.changed('suspended')}: nothing is reconciled until \`trueingress resume\``] : []),
  ];
  return `\n${lines.join('\n  ')}\n`;
}

function resultText(result: string, style: Style): string {
  return result === 'converged' ? style.added(result) : style.removed(result);
}

function ageOf(iso: string, nowMs: number): string {
  const age = formatAge(Math.max(0, nowMs - Date.parse(iso)));
  return age === 'now' ? 'just now' : `${age} ago`;
}

/** For `reconcile --now`. */
export function runText({ reason, result, ms, changes, generation }: RunView, style: Style): string {
  const count = changes ? changes.add + changes.change + changes.delete + changes.hooks : 0;
  const what =
    result !== 'converged'
      ? 'nothing was changed'
      : count === 0 || !changes
        ? 'the host is as the files say'
        : `generation ${generation}: ${changes.add} added, ${changes.change} changed, ${changes.delete} deleted, ${changes.hooks} hooks`;
  return `${resultText(result, style)} in ${formatMs(ms)} (${reason}): ${what}\n`;
}

export interface EventView {
  readonly number: number;
  readonly time: string;
  readonly event: DaemonEventKind;
  readonly message: string;
  readonly times: number;
  readonly last: string;
  readonly causes: readonly Problem[];
}

/** Allow-listed fields alone: never a line of a file, which may hold a key. */
export function eventView({ number, timeMs, kind, message, times, lastMs, problems }: DaemonEvent): EventView {
  return {
    number,
    time: isoMs(timeMs),
    event: kind,
    message,
    times,
    last: isoMs(lastMs),
    causes: problems.map(jsonProblem),
  };
}

const kindWidth = Math.max(...eventKinds.map((kind) => kind.length));

/** `09:20:31 reconciled    generation 3: 1 added, …`, with problems below. @param nowMs CLOCK_REALTIME */
export function eventViewText(
  { time, event, message, times, last, causes }: EventView,
  nowMs: number,
  style: Style,
): string {
  const when = (iso: string): string => whenText(Date.parse(iso), nowMs);
  const again = times > 1 ? ` (${times} times, last ${when(last)})` : '';
  const lines = causes.map((cause) => `\n${formatProblem(cause, { color: false })}`.replaceAll('\n', '\n  '));
  const painted = event === 'held' || event === 'failed' ? style.removed : event === 'drift' ? style.changed : same;
  const headline = `${message}${again}`.replace(/[\p{Cc}\p{Cf}]/gu, '�');
  return `${style.faint(when(time))} ${painted(event.padEnd(kindWidth))} ${headline}${lines.join('')}\n`;
}

function same(text: string): string {
  return text;
}

export function isoMs(ms: number): string {
  return new Date(ms).toISOString();
}
