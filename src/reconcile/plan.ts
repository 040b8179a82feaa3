// Topology × observation → plan: everything that an apply will do, decided here and nowhere else. Pure; reads no standby.
import type { ConfiguredTable, HookKind, LearnedTable, LoadSpec, Observation, SlotName } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { roleNumbers } from '../tables/config.ts';
import { topologyFeatures } from '../tables/features.ts';
import { counterLayout } from '../tables/learned.ts';
import { type Meta, metaStates } from '../tables/meta.ts';
import { tables } from '../tables/registry.ts';
import type { Assignments, ResolvedInterface } from '../tables/table.ts';
import type { Topology, TopologyKeys } from '../topology/topology.ts';
import {
  assign,
  countersOf,
  type Gone,
  goneFrom,
  type KeyHolder,
  type LiveAssignments,
  noLiveAssignments,
  readAssignments,
} from './assign.ts';
import { capacitiesFor, capacityProblems, learnedCapacitiesFor } from './capacity.ts';
import { type DesiredRows, desiredRows, noRows } from './desired.ts';
import type { TableRows } from './digest.ts';
import type { Drift } from './drift.ts';
import { foundDrift } from './found-drift.ts';
import { type HookStep, hookSteps } from './hooks.ts';
import { findLive, isWhole, type Live, nextGeneration, standbyOf } from './live.ts';
import { type ObjectChange, objectChanges } from './objects.ts';
import type { Policy } from './policy.ts';
import { diffRows, isEmptyDiff, type RowDiff } from './rowdiff.ts';

export interface PlanInput {
  readonly topology: Topology;
  readonly interfaces: readonly ResolvedInterface[];
  readonly pathMtus: ReadonlyMap<number, number>;
  /** Indexes of the interfaces that services name under `via`, by name. */
  readonly entries: ReadonlyMap<string, number>;
  readonly keys: TopologyKeys;
  /** Of tunnels that are created; more than any that was given before. */
  readonly epoch: bigint;
  readonly observation: Observation;
  /** Number of the generation that would be staged; counted on from what the kernel knows unless given. */
  readonly generation?: bigint;
  /** Rows of the live slot; absent when it has none that this build can read. */
  readonly liveRows: TableRows | undefined;
  /** Rows of the other slot, where a run ended between its switch and its tidying: what it left to be forgotten. */
  readonly previousRows?: TableRows | undefined;
  /** SHA-256 of the BPF object that a new slot would load. */
  readonly buildDigest: Uint8Array;
  readonly hookKind: HookKind;
  /** Whether hooks of another kind are moved to `hookKind`. */
  readonly forceKind: boolean;
  readonly interfaceName: (ifindex: number) => string;
}

/** Something that changes beside rows and hooks. */
export type Renewal =
  /** Another program than the live one. */
  | 'program'
  /** Role, flags and what a topology uses at all are constants of the load. */
  | 'constants'
  /** One of the live generation's programs is lost: its pin went while no hook ran it. */
  | 'incomplete'
  /** Live rows were edited by hand where no file says anything: an epoch, a counter index, a kept key. */
  | 'drift'
  /** Maps of the live slot have another build's layout: it is replaced, and what it learned is carried over. */
  | 'layout'
  /** The same, and nobody can tell what its rows mean: what it learned is unlearned. */
  | 'unreadable';

export interface Plan {
  readonly instance: string;
  readonly topology: Topology;
  readonly interfaces: readonly ResolvedInterface[];
  readonly entries: ReadonlyMap<string, number>;
  readonly pathMtus: ReadonlyMap<number, number>;
  readonly observation: Observation;
  readonly live: Live;
  /** The slot to stage in when `stages`; otherwise the slot that hooks shall run. */
  readonly slot: SlotName;
  readonly stages: boolean;
  readonly generation: bigint;
  readonly renewals: readonly Renewal[];
  readonly assignments: Assignments;
  readonly desired: DesiredRows;
  readonly liveRows: TableRows;
  readonly diffs: Readonly<Record<ConfiguredTable, RowDiff>>;
  readonly objects: readonly ObjectChange[];
  readonly policy: Policy;
  /** What sync would change and the policy keeps. */
  readonly kept: readonly ObjectChange[];
  /** Live rows that no applied file explains; undefined: there are none. */
  readonly drift: Drift | undefined;
  /** An interrupted switch is finished first: hooks that must run the live slot before the other one can be staged. */
  readonly settles: Live['stale'];
  readonly hooks: readonly HookStep[];
  readonly hookKind: HookKind;
  readonly forceKind: boolean;
  /** The live slot's META lags behind what hooks say. */
  readonly marksLived: boolean;
  readonly repairsPins: boolean;
  readonly load: LoadSpec;
  readonly buildDigest: Uint8Array;
  readonly gone: Gone;
  readonly problems: readonly Problem[];
}

export function makePlan(input: PlanInput): Plan {
  const { topology, interfaces, entries, observation } = input;
  const live = findLive(observation);
  const liveRows = input.liveRows ?? noRows();
  const liveAssignments = assignmentsIn(input.liveRows, observation);
  const generation = input.generation ?? nextGeneration(observation);
  const previous = assignmentsIn(input.previousRows, observation);
  const { assignments, withoutKey, countersNeeded } = assign(
    topology,
    input.keys,
    liveAssignments,
    input.epoch,
    countersOf(previous),
  );
  const desired = desiredRows({ topology, interfaces, entries, assignments, pathMtus: input.pathMtus });
  const diffs = diffTables(desired, liveRows);
  const changed = tables.some(({ name }) => !isEmptyDiff(diffs[name]));

  const load = loadSpec(topology, interfaces, desired, countersNeeded);
  const drift = foundDrift({
    observation,
    rows: input.liveRows,
    assignments: liveAssignments,
    guesses: () => [desired],
    applied: { rows: desired, sourceDigest: topology.sourceDigest },
  });
  const renewals = renewalsOf(input, live, load, !changed && drift !== undefined);
  const stages = !live.slot || changed || renewals.length > 0;
  const slot = stages || !live.slot ? standbyOf(live) : live.slot.name;
  const settles = stages && live.state === 'mixed' ? live.stale : [];

  const learned = capacitiesToCome(observation, load);
  const learnedTunnels = topology.tunnels.filter(({ remote }) => remote === 'learned').length;
  return {
    instance: topology.name,
    topology,
    interfaces,
    entries,
    pathMtus: input.pathMtus,
    observation,
    live,
    slot,
    stages,
    generation: stages ? generation : (live.slot?.meta.generation ?? generation),
    renewals,
    assignments,
    desired,
    liveRows,
    diffs,
    objects: changed ? objectChanges(diffs, topology, interfaces, input.interfaceName) : [],
    policy: 'sync',
    kept: [],
    drift,
    settles,
    hooks: hookSteps(interfaces, observation.hooks, input.hookKind, input.forceKind, slot, stages),
    hookKind: input.hookKind,
    forceKind: input.forceKind,
    marksLived: !stages && live.slot !== undefined && live.slot.meta.state !== metaStates.lived,
    repairsPins: live.slot !== undefined && (!live.slot.pinned || observation.missingPins.length > 0),
    load,
    buildDigest: input.buildDigest,
    gone: goneFrom([liveAssignments, previous], {
      tunnels: assignments.tunnels,
      counters: [...assignments.serviceCounters, ...[...assignments.tunnels.values()].map(({ counter }) => counter)],
    }),
    problems: [
      ...observation.problems,
      ...missingKeys(topology, withoutKey),
      ...capacityProblems(desired, learned, learnedTunnels, countersNeeded),
    ],
  };
}

/** Nothing to do at all: a run would make no write call. */
export function isEmptyPlan(plan: Plan): boolean {
  return !plan.stages && plan.hooks.length === 0 && !plan.marksLived && !plan.repairsPins;
}

export interface PlanCounts {
  readonly add: number;
  readonly change: number;
  readonly delete: number;
}

/** Tunnels, services and interfaces; what they share follows them. */
export function isCounted(kind: ObjectChange['kind']): boolean {
  return kind === 'tunnel' || kind === 'service' || kind === 'interface';
}

export function countChanges(objects: readonly ObjectChange[]): PlanCounts {
  const counts = { add: 0, change: 0, delete: 0 };
  for (const { action, kind } of objects) {
    if (!isCounted(kind)) continue;
    counts[action === 'create' ? 'add' : action === 'update' ? 'change' : 'delete']++;
  }
  return counts;
}

export function diffTables(desired: TableRows, observed: TableRows): Readonly<Record<ConfiguredTable, RowDiff>> {
  return Object.fromEntries(
    tables.map(({ name }) => [name, diffRows(desired[name], observed[name])]),
  ) as unknown as Record<ConfiguredTable, RowDiff>;
}

function loadSpec(
  topology: Topology,
  interfaces: readonly ResolvedInterface[],
  desired: DesiredRows,
  countersNeeded: number,
): LoadSpec {
  let ingressFeatures = 0;
  let egressFeatures = 0;
  for (const { flags } of interfaces) {
    ingressFeatures |= flags.ingress;
    egressFeatures |= flags.egress;
  }
  return {
    role: roleNumbers[topology.role],
    ingressFeatures,
    egressFeatures,
    topologyFeatures: topologyFeatures(topology),
    capacities: capacitiesFor(desired),
    learnedCapacities: learnedCapacitiesFor(topology.tunnels.length, countersNeeded),
  };
}

/** ingress flags | egress flags << 16, as META holds them. */
export function featuresOf(load: LoadSpec): number {
  return (load.ingressFeatures | (load.egressFeatures << 16)) >>> 0;
}

/** What a slot was loaded with is what a load of now would have. */
export function sameConstants(meta: Meta, load: LoadSpec): boolean {
  return (
    meta.role === load.role && meta.features === featuresOf(load) && meta.topologyFeatures === load.topologyFeatures
  );
}

/** @param onlyDrifted rows were edited by hand to what the file has anyway, or where no file says anything */
function renewalsOf(input: PlanInput, live: Live, load: LoadSpec, onlyDrifted: boolean): Renewal[] {
  if (!live.slot) return [];
  const { liveRows } = input;
  if (!liveRows) return ['unreadable'];
  const { meta } = live.slot;
  const renewals: Renewal[] = [];
  if (!live.slot.ownLayout) renewals.push('layout');
  if (Buffer.compare(meta.buildDigest, input.buildDigest) !== 0) renewals.push('program');
  if (!sameConstants(meta, load)) renewals.push('constants');
  if (!isWhole(live.slot)) renewals.push('incomplete');
  // Other changes bring a digest of their own.
  if (onlyDrifted && renewals.length === 0) renewals.push('drift');
  return renewals;
}

/** Learned maps that there are keep their sizes. */
function capacitiesToCome({ learned }: Observation, { learnedCapacities }: LoadSpec): LoadSpec['learnedCapacities'] {
  const capacities = Object.entries(learnedCapacities).map(([name, wanted]) => [
    name,
    learned?.capacities[name as LearnedTable] || wanted,
  ]);
  return Object.fromEntries(capacities) as LoadSpec['learnedCapacities'];
}

/** How many indexes COUNTER has; the first apply makes it as big as it must be. */
function countersIn({ learned }: Observation): number {
  return learned?.capacities.counter ? learned.capacities.counter * counterLayout.perBlock : Number.POSITIVE_INFINITY;
}

export function assignmentsIn(rows: TableRows | undefined, observation: Observation): LiveAssignments {
  return rows ? readAssignments(rows.tunnel, rows.verify, countersIn(observation)) : noLiveAssignments;
}

function missingKeys({ services, tunnels }: Topology, holders: readonly KeyHolder[]): Problem[] {
  const hint = 'give its key as text, hex:…, base64:…, {file: …} or {env: …}';
  return holders.map(({ kind, position }) => {
    if (kind === 'signing') {
      const tunnel = tunnels[position];
      return problem('key-missing', `tunnel ${tunnel?.id} says "keep" of the key that signs, and none is live`, {
        place: tunnel?.place,
        hint,
      });
    }
    const service = services[position];
    const [what, lacks] =
      kind === 'previous' ? [' of its previous key', 'has one'] : ['', 'is live whose key could be kept'];
    return problem(
      'key-missing',
      `service "${service?.name}" says "keep"${what}, and no service ${service?.group}/${service?.id} ${lacks}`,
      { place: service?.place, hint },
    );
  });
}
