// What the live tunnels, services and interfaces imply: the rows that a file of exactly these would have, with the epochs,
// counters and keys that are live. Where the live rows differ from it, no file can have made them.
import { config } from '../tables/config.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import { tunnel } from '../tables/tunnel.ts';
import type { TopologyKeys } from '../topology/topology.ts';
import { assign, type LiveAssignments } from './assign.ts';
import { type DesiredRows, desiredRows } from './desired.ts';
import type { TableRows } from './digest.ts';
import { ingest, withoutOddities } from './ingest.ts';

export function impliedRows(instance: string, live: TableRows, assignments: LiveAssignments): DesiredRows {
  const topology = withoutOddities(ingest(instance, live, nameOf).topology);
  const keys: TopologyKeys = {
    services: topology.services.map(() => 'keep'),
    previous: topology.services.map(({ previousKey }) => (previousKey === 'none' ? 'none' : 'keep')),
    signing: topology.tunnels.map(({ sign }) => (sign === 'none' ? 'none' : 'keep')),
  };
  const indexes = new Map<string, number>();
  for (const { via } of topology.services)
    if (typeof via !== 'string') indexes.set(via.interface, Number(via.interface.slice(prefix.length)));
  return desiredRows({
    topology,
    interfaces: topology.interfaces.map(
      (one): ResolvedInterface => ({ ...one, ifindex: Number(one.name.slice(prefix.length)) }),
    ),
    entries: indexes,
    assignments: assign(topology, keys, assignments, 0n).assignments,
    pathMtus: mtusIn(live),
  });
}

// Names do not matter here: an index is its own.
const prefix = 'index ';
const nameOf = (ifindex: number): string => `${prefix}${ifindex}`;

function mtusIn({ tunnel: rows }: TableRows): Map<number, number> {
  const mtus = new Map<number, number>();
  for (let at = 0; at < rows.count; at++)
    mtus.set(
      tunnel.key.decode(rows.keys, at * rows.keySize).id,
      tunnel.value.decode(rows.values, at * rows.valueSize).mtu,
    );
  return mtus;
}

/** Indexes of the interfaces that a generation is for, ascending. */
export function configuredInterfaces({ config: rows }: TableRows): number[] {
  const indexes = Array.from(
    { length: rows.count },
    (_, at) => config.key.decode(rows.keys, at * rows.keySize).ifindex,
  );
  return [...new Set(indexes)].sort((a, b) => a - b);
}
