// What the daemon is doing and has done: told by the loop, shown by log, status, metrics and systemd alike, so that they never say
// different things. Holds no key and nothing that grows.
import type { Problem } from '../problem.ts';
import type { Reason, RunResult } from './loop.ts';

export interface RunRecord {
  readonly reason: Reason;
  readonly result: RunResult;
  /** As `apply` would have ended. */
  readonly exitCode: number;
  /** How it ended for the last content that could be read, which goes on when the files break; undefined: it did not come to that. */
  readonly good: RunResult | undefined;
  /** CLOCK_REALTIME milliseconds of its end. */
  readonly timeMs: number;
  readonly ms: number;
  /** What was added, changed and deleted; hooks that were switched; undefined: no plan was reached. */
  readonly changes:
    | { readonly add: number; readonly change: number; readonly delete: number; readonly hooks: number }
    | undefined;
  /** Rows of live maps that were not as the last run left them. */
  readonly driftRows: number;
  readonly generation: number | undefined;
  readonly phases: readonly { readonly name: string; readonly ms: number }[];
  readonly problems: readonly Problem[];
}

export function warningsIn(run: RunRecord | undefined): readonly Problem[] {
  return (run?.problems ?? []).filter(({ severity }) => severity === 'warning');
}

export const eventKinds = [
  'started',
  'listening',
  'file-changed',
  'reconciled',
  'unchanged',
  'held',
  'failed',
  'drift',
  'interface',
  'rescue',
  'hints-lost',
  'suspended',
  'resumed',
  'pinged',
  'ping-failed',
  'stopping',
] as const;
export type DaemonEventKind = (typeof eventKinds)[number];

export interface DaemonEvent {
  /** Counts up from 1. */
  readonly number: number;
  readonly timeMs: number;
  /** It happened again and again, with nothing else of its kind in between: how often, and when last. */
  readonly times: number;
  readonly lastMs: number;
  readonly kind: DaemonEventKind;
  readonly message: string;
  readonly problems: readonly Problem[];
}

const keptEvents = 1000;

/** `drifts`: runs that found something changed that nobody asked for. */
export type DaemonCount = 'rescues' | 'drifts' | 'pings' | 'pingFailures';

export interface DaemonState {
  readonly instance: string;
  readonly files: readonly string[];
  readonly startedMs: number;
  readonly lastRun: RunRecord | undefined;
  /** The last one that left the host as the file says. */
  readonly lastSuccess: RunRecord | undefined;
  /** The last one that left the host as the last readable files say. */
  readonly lastGood: RunRecord | undefined;
  /** Why the host is not as the file says; empty: it is. */
  readonly faults: readonly Problem[];
  /** When the first run ended that had any; undefined: there are none. */
  readonly faultsSinceMs: number | undefined;
  readonly backOffMs: number;
  readonly isSuspended: boolean;
  readonly counts: Readonly<Record<RunResult | DaemonCount, number>>;
}

export interface DaemonLog {
  readonly state: DaemonState;
  /** The newest last, at most `most`. */
  events(most: number): readonly DaemonEvent[];
  /** Called for each event from now on; the returned function ends it. */
  follow(listener: (event: DaemonEvent) => void): () => void;
  tell(kind: DaemonEventKind, message: string, problems?: readonly Problem[]): void;
  record(run: RunRecord): void;
  update(change: Partial<Pick<DaemonState, 'instance' | 'backOffMs' | 'isSuspended'>>): void;
  count(what: DaemonCount, by?: number): void;
}

/** @param nowMs CLOCK_REALTIME milliseconds */
export function createDaemonLog(instance: string, files: readonly string[], nowMs: () => number): DaemonLog {
  const events: DaemonEvent[] = [];
  const listeners = new Set<(event: DaemonEvent) => void>();
  /** Of what repeats itself, by groupOf. */
  const lastOf = new Map<string, DaemonEvent>();
  let number = 0;
  let state: DaemonState = {
    instance,
    files,
    startedMs: nowMs(),
    lastRun: undefined,
    lastSuccess: undefined,
    lastGood: undefined,
    faults: [],
    faultsSinceMs: undefined,
    backOffMs: 0,
    isSuspended: false,
    counts: { converged: 0, held: 0, failed: 0, rescues: 0, drifts: 0, pings: 0, pingFailures: 0 },
  };
  const keep = (event: DaemonEvent, at: number): void => {
    events[at] = event;
    const group = groupOf(event.kind);
    if (group === undefined) lastOf.clear();
    else lastOf.set(group, event);
    for (const listener of listeners) listener(event);
  };
  return {
    get state() {
      return state;
    },
    events: (most) => events.slice(Math.max(0, events.length - most)),
    follow(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    tell(kind, message, problems = []) {
      const timeMs = nowMs();
      const told: DaemonEvent = { number: number + 1, timeMs, times: 1, lastMs: timeMs, kind, message, problems };
      const before = lastOf.get(groupOf(kind) ?? '');
      const at = before ? before.number - (events[0]?.number ?? 0) : -1;
      if (before && at >= 0 && isSame(before, told)) keep({ ...before, times: before.times + 1, lastMs: timeMs }, at);
      else {
        number++;
        keep(told, events.length);
        if (events.length > keptEvents) events.shift();
      }
    },
    record(run) {
      const faults = run.result === 'converged' ? [] : run.problems.filter(({ severity }) => severity === 'error');
      state = {
        ...state,
        lastRun: run,
        lastSuccess: run.result === 'converged' ? run : state.lastSuccess,
        lastGood: run.good === 'converged' ? run : state.lastGood,
        faults,
        faultsSinceMs: faults.length === 0 ? undefined : (state.faultsSinceMs ?? run.timeMs),
        counts: {
          ...state.counts,
          [run.result]: state.counts[run.result] + 1,
        },
      };
    },
    update(change) {
      state = { ...state, ...change };
    },
    count(what, by = 1) {
      state = { ...state, counts: { ...state.counts, [what]: state.counts[what] + by } };
    },
  };
}

const ofRuns: ReadonlySet<DaemonEventKind> = new Set(['reconciled', 'unchanged', 'held', 'failed', 'drift']);

/** What may repeat itself: runs end one after the other, and pings are sent between them. undefined: anything else, after which all is news. */
function groupOf(kind: DaemonEventKind): string | undefined {
  if (ofRuns.has(kind)) return 'run';
  return kind === 'pinged' || kind === 'ping-failed' ? 'ping' : undefined;
}

/** What changed the host is never the same as before. */
function isSame(before: DaemonEvent, event: DaemonEvent): boolean {
  return (
    before.kind === event.kind &&
    before.message === event.message &&
    event.kind !== 'reconciled' &&
    event.kind !== 'drift' &&
    JSON.stringify(before.problems) === JSON.stringify(event.problems)
  );
}
