// COUNTER by what it counts: hook and verdict, service, tunnel. The rows of the live generation say whose index is whose.
import type { Datapath, Observation } from '../datapath/port.ts';
import { directionNumbers } from '../tables/config.ts';
import { counterLayout } from '../tables/learned.ts';
import { verdictCounter, verdicts } from '../tables/verdicts.ts';
import { type Direction, directions } from '../topology/topology.ts';
import { type LiveAssignments, readAssignments } from './assign.ts';
import { readLive } from './verify.ts';

/** `N`: bigint for what was counted, number for what happens in a second. */
export interface Count<N = bigint> {
  readonly packets: N;
  readonly bytes: N;
}

/** What passed and what was dropped at one hook. */
export interface RowCount<N = bigint> extends Count<N> {
  readonly droppedPackets: N;
  readonly droppedBytes: N;
}

export type BothHooks<T> = Readonly<Record<Direction, T>>;
export type ServiceCount<N = bigint> = BothHooks<RowCount<N>> & { readonly group: number; readonly id: number };
export type TunnelCount<N = bigint> = BothHooks<RowCount<N>> & { readonly id: number };

export interface Counts<N = bigint> {
  /** Every verdict, in the order of their numbers. */
  readonly hooks: BothHooks<Readonly<Record<string, Count<N>>>>;
  /** Sorted by group, id. */
  readonly services: readonly ServiceCount<N>[];
  /** Sorted by id. */
  readonly tunnels: readonly TunnelCount<N>[];
}

export interface Stats extends Counts {
  readonly instance: string;
}

/** Whose which counter is; undefined where no generation is live that this build can read. */
export type CounterOwners = LiveAssignments | undefined;

export function readOwners(datapath: Datapath, observation: Observation): CounterOwners {
  const rows = readLive(datapath, observation);
  const room = (observation.learned?.capacities.counter ?? 0) * counterLayout.perBlock;
  return rows && readAssignments(rows.tunnel, rows.verify, room);
}

/** Since the instance was made; a service's and a tunnel's since it was created. */
export function readStats(
  datapath: Datapath,
  observation: Observation,
  live: CounterOwners = readOwners(datapath, observation),
): Stats {
  const counters = datapath.readCounters(observation.instance);
  const at = (index: number): Count => ({ packets: counters[index * 2] ?? 0n, bytes: counters[index * 2 + 1] ?? 0n });
  // A row that was edited by hand may point nowhere: nothing is counted there.
  const ofRow = (first = Number.POSITIVE_INFINITY): BothHooks<RowCount> => both((hook) => rowCount(at, first, hook));
  return {
    instance: observation.instance,
    hooks: both((hook) =>
      Object.fromEntries(verdicts.map((verdict) => [verdict.name, at(verdictCounter(hook, verdict))])),
    ),
    services: [...(live?.services ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([number, { counter }]) => ({ group: number >>> 16, id: number & 0xffff, ...ofRow(counter) })),
    tunnels: [...(live?.tunnels ?? [])]
      .sort(([a], [b]) => a - b)
      .map(([id, { counter }]) => ({ id, ...ofRow(counter) })),
  };
}

/** counter + hook * 2 + dropped, as struct counter in bpf/include/tables.h is indexed. */
function rowCount(at: (index: number) => Count, first: number, hook: Direction): RowCount {
  const perHook = counterLayout.perRow / directions.length;
  const passed = at(first + directionNumbers[hook] * perHook);
  const dropped = at(first + directionNumbers[hook] * perHook + 1);
  return {
    packets: passed.packets,
    bytes: passed.bytes,
    droppedPackets: dropped.packets,
    droppedBytes: dropped.bytes,
  };
}

export function both<T>(make: (hook: Direction) => T): BothHooks<T> {
  return { ingress: make('ingress'), egress: make('egress') };
}
