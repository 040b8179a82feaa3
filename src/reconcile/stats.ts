// COUNTER by what it counts: hook and verdict, service, tunnel. The rows of the live generation say whose index is whose.
import type { Datapath, Observation } from '../datapath/port.ts';
import { directionNumbers } from '../tables/config.ts';
import { counterLayout } from '../tables/learned.ts';
import { verdictCounter, verdicts } from '../tables/verdicts.ts';
import { type Direction, directions } from '../topology/topology.ts';
import { readAssignments } from './assign.ts';
import type { TableRows } from './digest.ts';
import { readLive } from './verify.ts';

export interface Count {
  readonly packets: bigint;
  readonly bytes: bigint;
}

/** What passed and what was dropped at one hook. */
export interface RowCount {
  readonly packets: bigint;
  readonly bytes: bigint;
  readonly droppedPackets: bigint;
  readonly droppedBytes: bigint;
}

export interface Stats {
  readonly instance: string;
  /** Every verdict, in the order of their numbers. */
  readonly hooks: Readonly<Record<Direction, Readonly<Record<string, Count>>>>;
  /** Sorted by group, id. */
  readonly services: readonly (Readonly<Record<Direction, RowCount>> & {
    readonly group: number;
    readonly id: number;
  })[];
  /** Sorted by id. */
  readonly tunnels: readonly (Readonly<Record<Direction, RowCount>> & { readonly id: number })[];
}

/** Since the instance was made; a service's and a tunnel's since it was created. */
export function readStats(datapath: Datapath, observation: Observation): Stats {
  const counters = datapath.readCounters(observation.instance);
  const at = (index: number): Count => ({ packets: counters[index * 2] ?? 0n, bytes: counters[index * 2 + 1] ?? 0n });
  // A row that was edited by hand may point nowhere: nothing is counted there.
  const ofRow = (first = Number.POSITIVE_INFINITY): Readonly<Record<Direction, RowCount>> =>
    both((hook) => rowCount(at, first, hook));
  const rows: TableRows | undefined = readLive(datapath, observation);
  const live = rows && readAssignments(rows.tunnel, rows.verify, counters.length / 2);
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

function both<T>(make: (hook: Direction) => T): Readonly<Record<Direction, T>> {
  return { ingress: make('ingress'), egress: make('egress') };
}
