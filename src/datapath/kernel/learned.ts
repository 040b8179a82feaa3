// The learned maps: read, and rows of what is gone forgotten. Living tunnels' rows are never written from here.
import { errno, failure } from '../../native/errno.ts';
import { lockedCopy, lookup, lookupSize, type OpenMap, possibleCpus, remove } from '../../native/maps.ts';
import { counterLayout, flow, path, peer } from '../../tables/learned.ts';
import { emptyRows, keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import type { LearnedTable, LearntTable, ReadableTable } from '../port.ts';
import type { Context } from './context.ts';
import { forgetCounters } from './forget.ts';
import { mergeLearned as mergeMigrated } from './migrate.ts';
import { known } from './observe.ts';
import { readAs, readingOf } from './other-layout.ts';
import { packedRows } from './rows.ts';

const readable = { peer, flow, path } as const;

export function readLearned(context: Context, instance: string, table: ReadableTable): Rows {
  const descriptor = readable[table];
  const { catalog, learned } = known(context, instance);
  const info = learned.get(table);
  const nothing = emptyRows(descriptor.key.size, descriptor.value.size);
  if (!info) return nothing;
  const rows = withLearned(context, instance, table, table === 'peer' ? readPeers : packedRows);
  if (info.keySize === descriptor.key.size && info.valueSize === descriptor.value.size) return rows;
  const reading = readingOf(catalog, info, descriptor);
  return reading ? readAs(reading, rows) : nothing;
}

/** Of PEER under its lock. */
export function findLearned(
  context: Context,
  instance: string,
  table: LearntTable,
  key: Uint8Array,
): Uint8Array | undefined {
  if (!known(context, instance).learned.has(table)) return undefined;
  const flags = table === 'peer' ? lockedCopy : 0n;
  return withLearned(context, instance, table, (map) => lookup(map, key, map.info.valueSize, flags));
}

/** Each row whole: under its lock, as writers hold it. */
export function readPeers(map: OpenMap): Rows {
  return packedRows(map, lockedCopy);
}

/** Index n → [packets, bytes] at 2n, 2n+1, summed over CPUs; zero where `indexes` did not ask. Empty when there is no COUNTER. */
export function readCounters(context: Context, instance: string, indexes?: readonly number[]): BigUint64Array {
  if (!known(context, instance).learned.has('counter')) return new BigUint64Array(0);
  return withLearned(context, instance, 'counter', (map) => countersOf(map, indexes));
}

export function countersOf(map: OpenMap, indexes?: readonly number[]): BigUint64Array {
  const perBlock = counterLayout.perBlock * 2;
  const blocks = map.info.maxEntries;
  const wanted = indexes ? new Set(indexes.map((index) => Math.floor(index / counterLayout.perBlock))) : undefined;
  const flat = new BigUint64Array(blocks * perBlock);
  const cpus = possibleCpus();
  const key = new Uint8Array(4);
  const keyView = new DataView(key.buffer);
  for (const block of wanted ?? Array(blocks).keys()) {
    if (block >= blocks) continue;
    keyView.setUint32(0, block, true);
    const bytes = lookup(map, key, lookupSize(map.info, cpus));
    if (!bytes) continue;
    const values = new BigUint64Array(bytes.buffer, bytes.byteOffset, perBlock * cpus);
    const sums = flat.subarray(block * perBlock, (block + 1) * perBlock);
    // Most counters are zero, and adding big integers is slow.
    for (const [i, value] of values.entries()) if (value) sums[i % perBlock] = (sums[i % perBlock] ?? 0n) + value;
  }
  return flat;
}

/** Into what hooks run now. */
export function mergeLearned(context: Context, instance: string): void {
  if (!context.migrations.has(instance)) return;
  context.surveys.delete(instance);
  mergeMigrated(context, instance, (table, use) => withLearned(context, instance, table, use));
}

export function forget(
  context: Context,
  instance: string,
  gone: { readonly tunnels: readonly number[]; readonly counters: readonly number[] },
): void {
  const tunnels = new Set(gone.tunnels);
  if (tunnels.size > 0) {
    withLearned(context, instance, 'peer', (map) => {
      for (const tunnel of tunnels) remove(map, peer.key.encode({ tunnel }));
    });
    withLearned(context, instance, 'flow', (map) => {
      const rows = packedRows(map);
      for (let i = 0; i < rows.count; i++)
        if (tunnels.has(flow.value.decode(valueAt(rows, i)).tunnel)) remove(map, keyAt(rows, i));
    });
  }
  if (gone.counters.length > 0) withLearned(context, instance, 'counter', (map) => forgetCounters(map, gone.counters));
}

function withLearned<T>(context: Context, instance: string, table: LearnedTable, use: (map: OpenMap) => T): T {
  const { catalog, learned } = known(context, instance);
  const info = learned.get(table);
  if (!info) throw failure('bpf_obj_get', errno.ENOENT, `${instance}/learned/${table}`);
  return catalog.withMap(info.id, use);
}
