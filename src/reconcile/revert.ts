// The way back: hooks run the other slot again, at once, without any file, until the next stage begins.
import type { Datapath, Observation, Slot, SlotName } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { metaStates } from '../tables/meta.ts';
import { restoreHooks, runHookSteps } from './activate.ts';
import { asProblem, type Result } from './apply.ts';
import type { TableRows } from './digest.ts';
import type { HookStep } from './hooks.ts';
import { findLive } from './live.ts';
import { type ObjectChange, objectChanges } from './objects.ts';
import { diffTables } from './plan.ts';
import { readTables } from './verify.ts';

export interface RevertPlan {
  readonly instance: string;
  readonly from: Slot;
  readonly to: Slot;
  readonly objects: readonly ObjectChange[];
  readonly hooks: readonly HookStep[];
  /** Rows of `to` as they are: what must be live afterwards. */
  readonly rows: TableRows;
}

/** What a revert would do, or why there is nothing to go back to. Reads only. */
export function planRevert(
  datapath: Datapath,
  observation: Observation,
  interfaceName: (ifindex: number) => string,
): RevertPlan | Problem {
  const live = findLive(observation);
  if (!live.slot || live.state === 'none')
    return problem('no-instance', `instance "${observation.instance}" runs nothing that could be reverted`, {
      hint: 'apply a file first: `trueingress apply -f FILE`',
    });
  const other: SlotName = live.slot.name === 'a' ? 'b' : 'a';
  const to = observation.slots[other];
  const refusal = !to
    ? 'no earlier generation is kept'
    : to.meta.state !== metaStates.lived
      ? `the other slot holds generation ${to.meta.generation}, which never ran`
      : !to.readable || !live.slot.readable
        ? 'the earlier generation is of another build'
        : undefined;
  if (refusal || !to)
    return problem('nothing-to-revert', `nothing to revert to: ${refusal}`, {
      hint: 'apply the file of the configuration that you want back',
    });
  const before = readTables(datapath, observation.instance, live.slot.name);
  const after = readTables(datapath, observation.instance, other);
  return {
    instance: observation.instance,
    from: live.slot,
    to,
    objects: objectChanges(diffTables(after, before), undefined, [], interfaceName),
    hooks: observation.hooks.map((from) => ({ action: 'switch', from })),
    rows: after,
  };
}

export interface RevertOutcome {
  readonly result: Result;
  readonly problems: readonly Problem[];
  readonly switched: number;
}

/** Switches every hook and looks again. What fails is switched back. */
export function revert(datapath: Datapath, plan: RevertPlan, before: Observation['hooks']): RevertOutcome {
  const { instance, to } = plan;
  try {
    runHookSteps(datapath, instance, to.name, plan.hooks);
    const stray = datapath.observe(instance).hooks.filter(({ slot }) => slot !== to.name);
    if (stray.length === 0) return { result: 'applied', problems: [], switched: plan.hooks.length };
    throw new Error(`${stray[0]?.interfaceName} ${stray[0]?.direction} does not run generation ${to.meta.generation}`);
  } catch (error) {
    const problems = [
      error instanceof Error && error.constructor === Error
        ? problem('not-verified', error.message, { hint: 'somebody else changed the hook at the same time' })
        : asProblem(error),
    ];
    try {
      restoreHooks(datapath, instance, before);
      return { result: 'reverted', problems, switched: 0 };
    } catch (second) {
      return { result: 'stuck', problems: [...problems, asProblem(second)], switched: 0 };
    }
  }
}
