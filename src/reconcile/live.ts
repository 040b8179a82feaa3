// Which generation is live, asked of the hooks alone; which slot is free to stage in; what an interrupted run left.
import type { Hook, Observation, Slot, SlotName } from '../datapath/port.ts';
import { slotNames } from '../datapath/port.ts';
import { metaStates } from '../tables/meta.ts';
import { directions } from '../topology/topology.ts';

export interface Live {
  /** The generation to compare with: what the hooks run; when mixed the newest of them that has both programs; when no hook runs anything, the one that ran last. */
  readonly slot: Slot | undefined;
  /** running: every hook of ours runs `slot` · mixed: hooks run both slots · resting: no hook runs anything · none: nothing to run. */
  readonly state: 'running' | 'mixed' | 'resting' | 'none';
  /** Hooks that run something else than `slot`: what an interrupted switch left. */
  readonly stale: readonly Hook[];
}

export function findLive(observation: Observation): Live {
  const run = new Set(observation.hooks.map(({ slot }) => slot));
  const onHooks = slotNames.filter((name) => run.has(name)).map((name) => observation.slots[name]);
  const whole = onHooks.filter(isWhole);
  // A run switches hooks to what is complete; whoever put them on a half-staged slot did it by hand.
  const running = newest(whole.filter(isComplete)) ?? newest(whole) ?? newest(onHooks);
  if (running) {
    const stale = observation.hooks.filter(({ slot }) => slot !== running.name);
    return { slot: running, state: stale.length ? 'mixed' : 'running', stale };
  }
  const complete = slotNames.flatMap((name) => {
    const slot = observation.slots[name];
    return slot && slot.meta.state >= metaStates.complete ? [slot] : [];
  });
  const last = highest(complete.map(({ meta }) => meta.activation));
  const resting = newest(complete.filter(({ meta }) => meta.activation === last));
  return resting
    ? { slot: resting, state: 'resting', stale: observation.hooks }
    : { slot: undefined, state: 'none', stale: observation.hooks };
}

/** The slot that no hook may be running. */
export function standbyOf(live: Live): SlotName {
  return live.slot?.name === 'a' ? 'b' : 'a';
}

export function nextGeneration(observation: Observation): bigint {
  return highest(slotNames.map((name) => observation.slots[name]?.meta.generation ?? 0n)) + 1n;
}

/** For META of what is switched to: a revert makes an older generation the last that ran. */
export function nextActivation(observation: Observation): bigint {
  return highest(slotNames.map((name) => observation.slots[name]?.meta.activation ?? 0n)) + 1n;
}

function highest(numbers: readonly bigint[]): bigint {
  return numbers.reduce((most, one) => (one > most ? one : most), 0n);
}

function isComplete(slot: Slot | undefined): boolean {
  return slot !== undefined && slot.meta.state >= metaStates.complete;
}

/** A program without a pin dies with its last hook: such a generation cannot be put on the hooks that it left. */
export function isWhole(slot: Slot | undefined): boolean {
  return slot !== undefined && directions.every((direction) => slot.programs[direction] !== 0);
}

function newest(slots: readonly (Slot | undefined)[]): Slot | undefined {
  let best: Slot | undefined;
  for (const slot of slots) if (slot && (!best || slot.meta.generation > best.meta.generation)) best = slot;
  return best;
}
