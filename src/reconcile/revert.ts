// The way back: hooks run the other slot again, at once, without any file, until the next stage begins.
import type { Datapath, Hook, HostInterface, Observation, Slot, SlotName } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { config } from '../tables/config.ts';
import { type Meta, metaStates } from '../tables/meta.ts';
import { restoreHooks, runHookSteps } from './activate.ts';
import { asProblem, forget, type Result } from './apply.ts';
import { countersOf, type Gone, goneFrom } from './assign.ts';
import { noRows } from './desired.ts';
import type { TableRows } from './digest.ts';
import { type HookStep, hookSteps } from './hooks.ts';
import { findLive, nextActivation } from './live.ts';
import { type ObjectChange, objectChanges } from './objects.ts';
import { assignmentsIn, diffTables } from './plan.ts';
import { readTables } from './verify.ts';

export interface RevertPlan {
  readonly instance: string;
  readonly from: Slot;
  /** undefined: there was nothing before, so everything is taken off. */
  readonly to: Slot | undefined;
  readonly objects: readonly ObjectChange[];
  readonly hooks: readonly HookStep[];
  /** The steps that hooks, as they are then, still need; none after a revert. */
  readonly remaining: (hooks: readonly Hook[]) => readonly HookStep[];
  /** META of `to` once hooks run it; undefined: there is no `to`, or it has another build's. */
  readonly meta: Meta | undefined;
  /** Tunnels and counters that `from` alone has. */
  readonly gone: Gone;
}

/** What a revert would do, or why there is nothing to go back to. Reads only. */
export function planRevert(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
): RevertPlan | Problem {
  const live = findLive(observation);
  if (!live.slot || live.state === 'none')
    return problem('no-instance', `instance "${observation.instance}" runs nothing that could be reverted`, {
      hint: 'apply a file first: `trueingress apply -f FILE`',
    });
  if (live.state === 'resting')
    return problem('nothing-to-revert', 'nothing to revert: no hook runs anything of this instance', {
      hint: 'put the programs back first: `trueingress attach`',
    });
  const other: SlotName = live.slot.name === 'a' ? 'b' : 'a';
  const to = observation.slots[other];
  const refusal = !to
    ? 'no earlier generation is kept'
    : to.meta.state !== metaStates.lived
      ? `the other slot holds generation ${to.meta.generation}, which never ran`
      : !to.ownLayout || !live.slot.readable
        ? 'the earlier generation is of another build'
        : undefined;
  if (refusal || !to)
    return problem('nothing-to-revert', `nothing to revert to: ${refusal}`, {
      hint: 'apply the file of the configuration that you want back',
    });
  const rows = readTables(datapath, observation.instance, other);
  const wanted = interfacesOf(rows);
  const interfaces = here.filter(({ ifindex }) => wanted.has(ifindex));
  const kind = observation.hooks[0]?.kind ?? 'tcx';
  const plan = planTo(datapath, observation, here, live.slot, to, (hooks, replacesProgram) =>
    hookSteps(interfaces, hooks, kind, false, other, replacesProgram),
  );
  return whyBared(plan, wanted.size > interfaces.length) ?? plan;
}

/** An interface that was made anew has another index: it would be left without programs, and traffic would leave in the clear. */
function whyBared({ to, hooks }: RevertPlan, lacksInterfaces: boolean): Problem | undefined {
  const bared = hooks.flatMap((step) => (step.action === 'detach' ? [step.hook.interfaceName] : []));
  if (!lacksInterfaces || bared.length === 0) return undefined;
  const generation = to?.meta.generation;
  const message = `generation ${generation} ran on an interface that is gone: going back would take the programs off ${[...new Set(bared)].join(', ')}`;
  return problem('nothing-to-revert', message, {
    hint: `\`trueingress revert ${generation}\` makes it again from history, on the interfaces that are here now`,
  });
}

/** What takes hooks, as they are, to where they shall be; with `replacesProgram` also those that run the right slot already. */
type Steps = (hooks: readonly Hook[], replacesProgram: boolean) => readonly HookStep[];

export function planTo(
  datapath: Datapath,
  observation: Observation,
  here: readonly HostInterface[],
  from: Slot,
  to: Slot | undefined,
  steps: Steps,
): RevertPlan {
  const { instance } = observation;
  const before = from.readable ? readTables(datapath, instance, from.name) : noRows();
  const after = to?.readable ? readTables(datapath, instance, to.name) : noRows();
  const isOwn = from.ownLayout && (to?.ownLayout ?? false);
  const comes = assignmentsIn(after, observation);
  return {
    instance,
    from,
    to,
    objects: objectChanges(
      diffTables(after, before),
      undefined,
      [],
      (ifindex) => here.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`,
    ),
    hooks: steps(observation.hooks, from !== to),
    remaining: (hooks) => steps(hooks, false),
    meta: to?.ownLayout ? { ...to.meta, activation: nextActivation(observation) } : undefined,
    gone: isOwn
      ? goneFrom([assignmentsIn(before, observation)], { tunnels: comes.tunnels, counters: countersOf(comes) })
      : { tunnels: [], counters: [] },
  };
}

/** Indexes of those of the earlier generation: it may have had others than the one that runs now. */
function interfacesOf(rows: TableRows): ReadonlySet<number> {
  const wanted = new Set<number>();
  for (let i = 0; i < rows.config.count; i++)
    wanted.add(config.key.decode(rows.config.keys, i * rows.config.keySize).ifindex);
  return wanted;
}

export interface RevertOutcome {
  readonly result: Result;
  readonly problems: readonly Problem[];
  readonly switched: number;
}

class Unfinished extends Error {}

/** Switches every hook and looks again. What fails is switched back. */
export function revert(datapath: Datapath, plan: RevertPlan, before: Observation['hooks']): RevertOutcome {
  const { instance, from, to } = plan;
  try {
    runHookSteps(datapath, instance, (to ?? from).name, plan.hooks);
    const [left] = plan.remaining(datapath.observe(instance).hooks);
    if (left)
      throw new Unfinished(
        `a hook does not run ${to ? `generation ${to.meta.generation}` : 'nothing'} after the switch`,
      );
    if (to && plan.meta) datapath.writeMeta(instance, to.name, plan.meta);
  } catch (error) {
    const problems = [
      error instanceof Unfinished
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
  try {
    // Or a tunnel or service that comes later would begin with what these had learned and counted.
    if (to) forget(datapath, instance, plan.gone);
    else datapath.removeInstance(instance);
    return { result: 'applied', problems: [], switched: plan.hooks.length };
  } catch (error) {
    return { result: 'applied', problems: [{ ...asProblem(error), severity: 'warning' }], switched: plan.hooks.length };
  }
}
