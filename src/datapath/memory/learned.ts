// The learned maps: read by us, forgotten by us when their tunnel or service is gone, written by packets (learn).

import { counterLayout, flow, path, peer } from '../../tables/learned.ts';
import { emptyRows, type Rows } from '../../tables/rows.ts';
import type { LearntTable, ReadableTable } from '../port.ts';
import type { Recorder } from './faults.ts';
import { findLearned, theLearned, theLearnedMap } from './find.ts';
import { deleteEntry, entryName, lookUp, putEntry, rowsOf } from './map.ts';
import type { CounterMap, LearnedMaps, MemoryWorld } from './world.ts';

const readable = { peer, flow, path } as const;

export function readLearned(world: MemoryWorld, instance: string, table: ReadableTable): Rows {
  const map = findLearned(world, instance)[table];
  const descriptor = readable[table];
  return map ? rowsOf(map) : emptyRows(descriptor.key.size, descriptor.value.size);
}

export function findRow(
  world: MemoryWorld,
  instance: string,
  table: LearntTable,
  key: Uint8Array,
): Uint8Array | undefined {
  const map = findLearned(world, instance)[table];
  return map && lookUp(map, key);
}

export function readCounters(
  world: MemoryWorld,
  instance: string,
  indexes: readonly number[] | undefined,
): BigUint64Array {
  const counters = findLearned(world, instance).counter;
  if (!counters) return new BigUint64Array(0);
  const wanted = indexes && new Set(indexes.map(blockOf));
  const flat = new BigUint64Array(counters.blocks * counterLayout.perBlock * 2);
  for (const [index, pair] of counters.values) if (!wanted || wanted.has(blockOf(index))) flat.set(pair, 2 * index);
  return flat;
}

function blockOf(index: number): number {
  return Math.floor(index / counterLayout.perBlock);
}

export function forget(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  gone: { readonly tunnels: readonly number[]; readonly counters: readonly number[] },
): void {
  const { tunnels, counters } = gone;
  if (tunnels.length) {
    forgetPeers(theLearnedMap(world, instance, 'peer'), steps, tunnels);
    forgetFlows(theLearnedMap(world, instance, 'flow'), steps, tunnels);
  }
  if (counters.length) forgetCounters(theLearnedMap(world, instance, 'counter'), steps, counters);
}

/** A row that is not there needs no forgetting. */
function forgetPeers(peers: LearnedMaps['peer'], steps: Recorder, tunnels: readonly number[]): void {
  for (const tunnel of tunnels) {
    const key = peer.key.encode({ tunnel });
    if (peers.entries.has(entryName(key)))
      steps.write('forget', `peer of tunnel ${tunnel}`, () => deleteEntry(peers, key));
  }
}

function forgetFlows(flows: LearnedMaps['flow'], steps: Recorder, tunnels: readonly number[]): void {
  for (const { key, value } of [...flows.entries.values()]) {
    const { tunnel } = flow.value.decode(value);
    if (tunnels.includes(tunnel)) steps.write('forget', `flow of tunnel ${tunnel}`, () => deleteEntry(flows, key));
  }
}

function forgetCounters({ values }: CounterMap, steps: Recorder, firsts: readonly number[]): void {
  for (const first of firsts)
    steps.write('forget', `counters from ${first}`, () => {
      for (let index = first; index < first + counterLayout.perRow; index++) values.delete(index);
    });
}

/** What a packet would have done: writes one learned row. Not a call of ours, so no step. */
export function learn(
  world: MemoryWorld,
  instance: string,
  table: ReadableTable,
  key: Uint8Array,
  value: Uint8Array,
): void {
  putEntry(theLearned(world, instance)[table], key, value);
}

/** Heard from a tunnel's far end: its PEER row as the ingress program writes it. */
export function learnPeer(
  world: MemoryWorld,
  instance: string,
  tunnel: number,
  row: Omit<ReturnType<typeof peer.value.decode>, 'lock'>,
): void {
  learn(world, instance, 'peer', peer.key.encode({ tunnel }), peer.value.encode({ ...row, lock: 0 }));
}
