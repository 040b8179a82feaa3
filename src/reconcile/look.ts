// A cheap look at an instance: two that are equal mean that nothing of it has moved in between. Nothing is compared with a file and
// nothing decoded, so 10,000 services cost some milliseconds; what did move is found by planning.
import { createHash, type Hash } from 'node:crypto';
import type { Datapath, Host, HostInterface, RowRoom } from '../datapath/port.ts';
import { metaLayout } from '../tables/meta.ts';
import { tables } from '../tables/registry.ts';
import type { Rows } from '../tables/rows.ts';
import { localInterface } from '../topology/locals.ts';
import type { Topology } from '../topology/topology.ts';
import { findLive } from './live.ts';

export interface Look {
  /** Interfaces that the topology names: indexes, addresses, MTUs. */
  readonly interfaces: string;
  /** Digest of hooks, pins, generations and the bytes of all live rows, in the kernel's order. */
  readonly datapath: string;
}

/** @param room of the looks before */
export function lookAt(topology: Topology, datapath: Datapath, host: Host, room: RowRoom): Look {
  const observation = datapath.observe(topology.name);
  const hash = createHash('sha256');
  const { slots, ...rest } = observation;
  hash.update(inWords(rest));
  for (const slot of Object.values(slots)) {
    const { meta, ...other } = slot;
    hash.update(inWords(other)).update(metaLayout.encode(meta));
  }
  const { slot } = findLive(observation);
  if (slot?.readable)
    for (const { name } of tables) addRows(hash, datapath.readRows(topology.name, slot.name, name, room));
  return { interfaces: inWords(interfacesOf(topology, host)), datapath: hash.digest('hex') };
}

export function sameLook(a: Look, b: Look | undefined): boolean {
  return a.interfaces === b?.interfaces && a.datapath === b.datapath;
}

function addRows(hash: Hash, { count, keys, keySize, values, valueSize }: Rows): void {
  hash
    .update(String(count))
    .update(keys.subarray(0, count * keySize))
    .update(values.subarray(0, count * valueSize));
}

/** Those that a plan for it depends on. */
export function interfacesOf(topology: Topology, host: Host): HostInterface[] {
  const names = new Set([
    ...topology.interfaces.map(({ name }) => name),
    ...topology.services.flatMap(({ via }) => (typeof via === 'string' ? [] : [via.interface])),
    ...topology.tunnels.flatMap((tunnel) => localInterface(tunnel) ?? []),
  ]);
  if (topology.interfaces.length === 0) names.add(host.defaultRouteInterface() ?? '');
  return host.interfaces().filter(({ name }) => names.has(name));
}

function inWords(value: unknown): string {
  return JSON.stringify(value, (_, one) => (typeof one === 'bigint' ? String(one) : one));
}
