// Everything that stands between a topology and its plan: what the host has and what the kernel holds now. Reads only.
import type { Datapath, HookKind, Host, Observation } from '../datapath/port.ts';
import { hasErrors, type Problem } from '../problem.ts';
import { metaStates } from '../tables/meta.ts';
import type { Topology, TopologyKeys } from '../topology/topology.ts';
import type { TableRows } from './digest.ts';
import { nextEpoch } from './epoch.ts';
import { epochWarnings } from './epoch-warnings.ts';
import { kindFor } from './hooks.ts';
import { resolveInterfaces } from './interfaces.ts';
import { findLive, nextGeneration, standbyOf } from './live.ts';
import { resolveLocals } from './locals.ts';
import { overlapProblems } from './overlap.ts';
import { pathMtus } from './path-mtu.ts';
import { makePlan, type Plan } from './plan.ts';
import { type Intent, type Policy, roleProblems, underPolicy, withheld } from './policy.ts';
import { readLive, readTables } from './verify.ts';
import { hostWarnings } from './warnings.ts';

export interface PrepareInput {
  readonly topology: Topology;
  readonly keys: TopologyKeys;
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint;
  /** auto: as the hooks are now, TCX for new ones where the kernel has it. */
  readonly hook: HookKind | 'auto';
  /** SHA-256 of the BPF object. */
  readonly buildDigest: Uint8Array;
  /** sync unless told. */
  readonly policy?: Policy | undefined;
  /** Of a plan that was made earlier: what it gave the tunnels that it creates. */
  readonly epoch?: bigint | undefined;
  /** The last generation that a history knows: asked when the kernel knows none, after a reboot. */
  readonly lastGeneration?: () => bigint;
}

export interface Prepared {
  /** Absent when an interface could not be resolved. */
  readonly plan: Plan | undefined;
  readonly observation: Observation;
  /** Errors and warnings about the host; those of the plan itself are in plan.problems. */
  readonly problems: readonly Problem[];
}

export function prepare(input: PrepareInput, datapath: Datapath, host: Host): Prepared {
  const here = host.interfaces();
  const observation = datapath.observe(input.topology.name);
  const { interfaces, entries, problems } = resolveInterfaces(
    input.topology,
    here,
    input.topology.interfaces.length ? undefined : host.defaultRouteInterface(),
  );
  const liveRows = problems.length ? undefined : readLive(datapath, observation);
  const { topology, problems: ofLocals } = resolveLocals(input.topology, here, liveRows?.tunnel);
  const unresolved = [...problems.map(maybeRenamed(input.topology, observation)), ...ofLocals];
  if (hasErrors(unresolved)) return { plan: undefined, observation, problems: unresolved };
  const policy = input.policy ?? 'sync';
  const wanted: Intent = { topology, keys: input.keys, interfaces, entries };
  const intent = underPolicy(policy, wanted, liveRows, here);
  const mtus = pathMtus(intent.topology, intent.interfaces, host);
  const common = {
    epoch: input.epoch ?? nextEpoch(datapath, observation, input.nowNs),
    observation,
    generation: generationAfter(observation, input.lastGeneration),
    liveRows,
    previousRows: readUnforgotten(datapath, observation),
    buildDigest: input.buildDigest,
    hookKind: kindFor(input.hook, host),
    forceKind: input.hook !== 'auto',
    interfaceName: (ifindex: number) => here.find((one) => one.ifindex === ifindex)?.name ?? `interface ${ifindex}`,
  } as const;
  const plan = makePlan({ ...common, ...intent, pathMtus: mtus });
  const sync = (): Plan => makePlan({ ...common, ...wanted, pathMtus: pathMtus(topology, interfaces, host) });
  const kept = intent === wanted ? [] : withheld(sync().objects, plan.objects);
  return {
    plan: { ...plan, policy, kept },
    observation,
    problems: [
      ...unresolved,
      ...roleProblems(policy, intent, liveRows),
      ...overlapProblems(datapath, intent.topology),
      ...hostWarnings(intent.topology, intent.interfaces, host, mtus),
      ...epochWarnings(intent.topology, plan.assignments.tunnels, input.nowNs),
    ],
  };
}

/** A program stays on its interface whatever that is called now. */
function maybeRenamed(topology: Topology, { hooks }: Observation): (problem: Problem) => Problem {
  const named = new Set(topology.interfaces.map(({ name }) => name));
  const others = [...new Set(hooks.map(({ interfaceName }) => interfaceName))].filter((name) => !named.has(name));
  if (others.length === 0) return (problem) => problem;
  const more = `instance "${topology.name}" runs on ${others.join(', ')}, which the file does not name: was it renamed?`;
  return (problem) =>
    problem.code === 'interface-missing' ? { ...problem, hint: `${problem.hint}; ${more}` } : problem;
}

function generationAfter(observation: Observation, last: PrepareInput['lastGeneration']): bigint {
  const next = nextGeneration(observation);
  return next === 1n && last ? last() + 1n : next;
}

/** Only a run that was cut off leaves a live slot that is not marked as such: what the slot before it had may still be learned. */
function readUnforgotten(datapath: Datapath, observation: Observation): TableRows | undefined {
  const live = findLive(observation);
  if (!live.slot || live.slot.meta.state === metaStates.lived) return undefined;
  const before = observation.slots[standbyOf(live)];
  return before?.readable ? readTables(datapath, observation.instance, before.name) : undefined;
}
