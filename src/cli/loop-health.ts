// Whether the daemon's loop still comes round: a run that hangs and a timer that was lost look alike to whoever waits.
import type { Clock } from '../watch/clock.ts';
import type { Loop } from '../watch/loop.ts';
import type { DaemonLog } from '../watch/state.ts';

/** The largest topologies take seconds, a lock that is held up to its timeout. */
const longestRunMs = 300_000;
/** Beside the interval: jitter, and the longest wait after a failure. */
const graceMs = 120_000;

export interface HealthOptions {
  readonly log: Pick<DaemonLog, 'state'>;
  readonly loop: Pick<Loop, 'isRunning' | 'isSuspended'>;
  readonly clock: Clock;
  readonly intervalMs: number;
}

/** To be asked again and again: it compares with what it saw before. */
export function watchHealth({ log, loop, clock, intervalMs }: HealthOptions): () => boolean {
  let seen = '';
  let sinceMs = clock.now();
  return () => {
    const { converged, held, failed } = log.state.counts;
    const now = `${converged + held + failed} ${loop.isRunning} ${loop.isSuspended}`;
    if (now !== seen) sinceMs = clock.now();
    seen = now;
    if (loop.isSuspended && !loop.isRunning) return true;
    return clock.now() - sinceMs <= (loop.isRunning ? longestRunMs : 2 * intervalMs + graceMs);
  };
}
