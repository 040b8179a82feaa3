// When to reconcile: one run at a time, the latest reason wins, failures are tried again later and later, drift is looked for every
// so often. It knows nothing of what a run does.
import { type Clock, jittered } from './clock.ts';

/** Why a run is wanted. */
export const reasons = ['start', 'file', 'signal', 'interface', 'interval', 'asked', 'retry', 'resume'] as const;
export type Reason = (typeof reasons)[number];

export type RunResult =
  /** The host is as the file says. */
  | 'converged'
  /** Nothing can be done before something else changes: a bad file, a guard. No retry; the interval comes all the same. */
  | 'held'
  /** The kernel or another run stood in the way: worth trying again. */
  | 'failed';

export interface LoopOptions {
  readonly clock: Clock;
  /** Between looks for drift. */
  readonly intervalMs: number;
  /** `all`: every reason since the run before, of which `reason` came last. Never rejects. */
  run(reason: Reason, all: ReadonlySet<Reason>): Promise<RunResult>;
  /** The wait before the next try changed; 0: none is needed. */
  onBackOff?(ms: number): void;
  /** Asked after a failure; a minute unless told. What is sure to end soon (somebody else's lock) is not waited for so long. */
  longestBackOffMs?(): number;
}

const firstBackOffMs = 100;
const usualLongestMs = 60_000;

export interface Loop {
  /** Runs soon: after the run that is going on, if one is. Of several reasons the last is named. */
  trigger(reason: Reason): void;
  /** No runs until `resume`; one that is going on is ended properly. */
  suspend(): void;
  resume(): void;
  readonly isSuspended: boolean;
  /** Why a run will come that has not begun. */
  readonly waiting: ReadonlySet<Reason>;
  readonly isRunning: boolean;
  /** Resolves when no run is going on. */
  idle(): Promise<void>;
  /** Resolves when no run is going on any more. */
  stop(): Promise<void>;
}

export function startLoop(options: LoopOptions): Loop {
  const { clock, intervalMs, run, onBackOff, longestBackOffMs = () => usualLongestMs } = options;
  let wanted: Reason | undefined;
  let all = new Set<Reason>();
  let running: Promise<void> | undefined;
  let isSuspended = false;
  let isStopped = false;
  let backOffMs = 0;
  let cancelNext = (): void => {};

  const schedule = (ms: number, reason: Reason): void => {
    cancelNext();
    cancelNext = clock.after(ms, () => trigger(reason));
  };
  const setBackOff = (ms: number): void => {
    if (ms !== backOffMs) onBackOff?.(ms);
    backOffMs = ms;
  };
  const once = async (reason: Reason, all: ReadonlySet<Reason>): Promise<void> => {
    cancelNext();
    const result = await run(reason, all);
    if (result === 'failed') {
      setBackOff(Math.min(backOffMs === 0 ? firstBackOffMs : backOffMs * 2, longestBackOffMs()));
      schedule(jittered(backOffMs, clock), 'retry');
    } else {
      setBackOff(0);
      schedule(jittered(intervalMs, clock), 'interval');
    }
  };
  const work = async (): Promise<void> => {
    while (wanted !== undefined && !isStopped && !isSuspended) {
      const [reason, reasons] = [wanted, all];
      wanted = undefined;
      all = new Set();
      await once(reason, reasons);
    }
    running = undefined;
  };
  const trigger = (reason: Reason): void => {
    if (isStopped) return;
    wanted = reason;
    all.add(reason);
    if (!isSuspended) running ??= work();
  };
  return {
    trigger,
    suspend: () => {
      isSuspended = true;
      cancelNext();
    },
    resume: () => {
      if (!isSuspended) return;
      isSuspended = false;
      trigger('resume');
    },
    get isSuspended() {
      return isSuspended;
    },
    get waiting() {
      return all;
    },
    get isRunning() {
      return running !== undefined;
    },
    idle: async () => await running,
    stop: async () => {
      isStopped = true;
      cancelNext();
      await running;
    },
  };
}
