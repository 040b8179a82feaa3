// Whether what the daemon made live for its files is what runs. Pure: the daemon's state and what the kernel was seen to hold.
import type { Observation } from '../datapath/port.ts';
import { findLive } from '../reconcile/live.ts';
import type { DaemonState } from './state.ts';

/** Why not, in words; empty: it is. A file that is refused takes nothing away: what it said before is live, and carries traffic. */
export function whyNotReady(state: DaemonState, observation: Observation | undefined): string[] {
  const { lastRun, lastGood, faults } = state;
  if (!lastRun) return ['the first run has not ended yet'];
  const reason = faults[0]?.message ?? 'no reason was given';
  if (lastRun.good === undefined) return [`nothing could be reconciled: ${reason}`];
  if (!lastGood) return [`what the files say is not live: ${reason}`];
  if (!observation?.exists) return ['nothing of the instance is on this host any more'];
  const { state: running, slot } = findLive(observation);
  if (running !== 'running' || !slot) return [notRunning[running === 'running' ? 'none' : running]];
  const asked = lastGood.generation;
  if (asked !== undefined && slot.meta.generation !== BigInt(asked))
    return [`generation ${slot.meta.generation} is live, which another run made; the files asked for ${asked}`];
  return [];
}

const notRunning = {
  none: 'nothing is applied',
  resting: 'no hook runs the generation: traffic passes untouched',
  mixed: 'a switch was interrupted: hooks run two generations',
} as const;
