// A kernel map in memory, with the kernel's own rules: a full hash refuses, batches are no transactions, an LRU evicts.
// Knows bytes and sizes, and nothing of tables.
import type { LearnedMap } from '../../tables/learned-maps.ts';
import { keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import { refuse } from './faults.ts';

export interface MemoryMap {
  readonly kind: 'map';
  readonly id: number;
  readonly name: string;
  readonly type: LearnedMap['type'];
  readonly keySize: number;
  readonly valueSize: number;
  readonly maxEntries: number;
  /** By the key's bytes as Latin-1 text; for an LRU, the oldest first. */
  readonly entries: Map<string, { readonly key: Uint8Array; readonly value: Uint8Array }>;
}

export function entryName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** E2BIG when the row is new and a hash is full. */
export function putEntry(map: MemoryMap, key: Uint8Array, value: Uint8Array): void {
  if (key.length !== map.keySize || value.length !== map.valueSize) throw refuse('bpf_map_update', 'EINVAL', map.name);
  const name = entryName(key);
  if (!map.entries.has(name) && map.entries.size >= map.maxEntries) {
    const [oldest] = map.entries.keys();
    if (map.type !== 'lru' || oldest === undefined) throw refuse('bpf_map_update', 'E2BIG', map.name);
    map.entries.delete(oldest);
  }
  if (map.type === 'lru') map.entries.delete(name);
  map.entries.set(name, { key: key.slice(), value: value.slice() });
}

/** ENOENT when there is none. */
export function deleteEntry(map: MemoryMap, key: Uint8Array): void {
  if (!map.entries.delete(entryName(key))) throw refuse('bpf_map_delete', 'ENOENT', map.name);
}

/** A copy of the value, or undefined. */
export function lookUp(map: MemoryMap, key: Uint8Array): Uint8Array | undefined {
  return map.entries.get(entryName(key))?.value.slice();
}

/** All rows, in an order that is neither the order of writing nor sorted, so that nobody comes to rely on one. */
export function rowsOf(map: MemoryMap): Rows {
  const scattered = [...map.entries]
    .map(([name, entry]) => ({ hash: hashOf(name), ...entry }))
    .sort((a, b) => a.hash - b.hash);
  const keys = new Uint8Array(scattered.length * map.keySize);
  const values = new Uint8Array(scattered.length * map.valueSize);
  scattered.forEach(({ key, value }, index) => {
    keys.set(key, index * map.keySize);
    values.set(value, index * map.valueSize);
  });
  return { keySize: map.keySize, valueSize: map.valueSize, count: scattered.length, keys, values };
}

/** FNV-1a. */
function hashOf(name: string): number {
  let hash = 0x811c9dc5;
  for (let i = 0; i < name.length; i++) hash = Math.imul(hash ^ name.charCodeAt(i), 0x01000193) >>> 0;
  return hash;
}

/** Each row by itself, so that a failure or a kill between two leaves what a batch of the kernel leaves. */
export function* entriesOf(rows: Rows): Generator<{ readonly key: Uint8Array; readonly value: Uint8Array }> {
  for (let index = 0; index < rows.count; index++) yield { key: keyAt(rows, index), value: valueAt(rows, index) };
}
