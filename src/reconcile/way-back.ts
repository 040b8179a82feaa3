// The way back from a generation that nobody confirmed: hooks run again what they ran before it, at once. It is a revert, but for
// where it leads: exactly to the hooks of before, also where nothing was applied then, or where that was another build.
import type { Datapath, Hook, HookTarget, HostInterface, Observation, SlotName } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { detachOrder, type HookStep } from './hooks.ts';
import { findLive } from './live.ts';
import { planTo, type RevertPlan } from './revert.ts';

/** What hooks ran before; `slot` undefined: nothing was applied. */
export interface WayBack {
  readonly slot: SlotName | undefined;
  readonly generation: bigint;
  readonly hooks: readonly HookTarget[];
}

/** Whether it is still what runs, on any hook or none: a run that was cut off may have switched some. */
export function stillRuns(observation: Observation, generation: bigint): boolean {
  const live = findLive(observation);
  return live.slot?.meta.generation === generation && live.state !== 'none';
}

/** Reads only. A Problem: what ran before is not there any more. */
export function planWayBack(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
  before: WayBack,
): RevertPlan | Problem {
  const from = findLive(observation).slot;
  const to = before.slot && observation.slots[before.slot];
  if (!from || (before.slot && to?.meta.generation !== before.generation))
    return problem('nothing-to-revert', `nothing to go back to: generation ${before.generation} is not kept any more`, {
      hint: 'apply the file of the configuration that you want back',
    });
  // An interface that went away has no hook to bring back.
  const wanted = before.hooks.filter(({ ifindex }) => here.some((one) => one.ifindex === ifindex));
  return planTo(datapath, observation, here, from, to, (hooks) => stepsTo(wanted, before.slot, hooks));
}

/** Ingress is attached first and taken off last, as everywhere. */
function stepsTo(wanted: readonly HookTarget[], slot: SlotName | undefined, hooks: readonly Hook[]): HookStep[] {
  const same = (a: HookTarget, b: HookTarget): boolean =>
    a.ifindex === b.ifindex && a.direction === b.direction && a.kind === b.kind;
  const missing = wanted.filter((one) => !hooks.some((hook) => same(hook, one)));
  const surplus = hooks.filter((hook) => !wanted.some((one) => same(hook, one)));
  return [
    ...hooks
      .filter((hook) => !surplus.includes(hook) && hook.slot !== slot)
      .map((from): HookStep => ({ action: 'switch', from })),
    ...detachOrder(missing)
      .reverse()
      .map((target): HookStep => ({ action: 'attach', target })),
    ...detachOrder(surplus).map((hook): HookStep => ({ action: 'detach', hook })),
  ];
}
