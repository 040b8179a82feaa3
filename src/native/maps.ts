// Rows of one map by descriptor: singly and in batches, as packed bytes. Sizes are compared with the map's own before each
// call, since the kernel reads as many bytes as the map says. Knows no table.
import { cell } from './arena.ts';
import type { MapInfo } from './descriptors.ts';
import { check, errno, failure } from './errno.ts';
import { libbpf } from './libbpf.ts';

/** An open map. `info` is of the same descriptor. */
export interface OpenMap {
  readonly fd: number;
  readonly info: MapInfo;
}

/** Takes the value's bpf_spin_lock while copying; EINVAL for values without one. */
export const lockedCopy = 4n;

/** The kernel is as fast with 256 a call as with all at once; a call this long keeps a signal waiting a few milliseconds. */
const batch = 16384;

/** Size in bytes of what one lookup returns: per-CPU maps give a value for each possible CPU, each rounded up to 8. */
export function lookupSize(info: MapInfo, cpus: number): number {
  return perCpuTypes.has(info.type) ? ((info.valueSize + 7) & ~7) * cpus : info.valueSize;
}
// PERCPU_HASH, PERCPU_ARRAY, LRU_PERCPU_HASH, PERCPU_CGROUP_STORAGE
const perCpuTypes = new Set([5, 6, 10, 21]);

/** CPUs that may ever come online: how many values a per-CPU element has. */
export function possibleCpus(): number {
  return check(libbpf.possibleCpus(), 'libbpf_num_possible_cpus', '/sys/devices/system/cpu/possible');
}

/** undefined: no such key. `size`: `lookupSize` of the map. */
export function lookup(map: OpenMap, key: Uint8Array, size = map.info.valueSize, flags = 0n): Uint8Array | undefined {
  sized(map, 'key', key.length, map.info.keySize);
  const value = new Uint8Array(size);
  return lookupInto(map, key, value, flags) ? value : undefined;
}

/** As lookup, into memory of `lookupSize` bytes that is there already. false: no such key. */
export function lookupInto(map: OpenMap, key: Uint8Array, value: Uint8Array, flags = 0n): boolean {
  if (value.length < map.info.valueSize) throw new RangeError(`${map.info.name}: ${value.length} bytes for a value`);
  const result = libbpf.lookup(map.fd, key, value, flags);
  if (result === -errno.ENOENT) return false;
  if (result < 0) check(result, 'bpf_map_lookup_elem', map.info.name);
  return true;
}

/** Creates or overwrites. Throws KernelError E2BIG when the map is full. */
export function update(map: OpenMap, key: Uint8Array, value: Uint8Array, flags = 0n, size = map.info.valueSize): void {
  sized(map, 'key', key.length, map.info.keySize);
  sized(map, 'value', value.length, size);
  check(libbpf.update(map.fd, key, value, flags), 'bpf_map_update_elem', map.info.name);
}

/** Whether the key was there. */
export function remove(map: OpenMap, key: Uint8Array): boolean {
  sized(map, 'key', key.length, map.info.keySize);
  const result = libbpf.remove(map.fd, key);
  if (result === -errno.ENOENT) return false;
  check(result, 'bpf_map_delete_elem', map.info.name);
  return true;
}

const nothing = new Uint8Array(0);

export interface PackedRows {
  readonly count: number;
  readonly keys: Uint8Array;
  readonly values: Uint8Array;
}

/** Memory for rows that is used again and again: who looks often would leave megabytes behind each time. */
export interface Room {
  keys: Uint8Array<ArrayBuffer>;
  values: Uint8Array<ArrayBuffer>;
}

/**
 * All rows of a hash, in the kernel's order; neither duplicates nor misses for rows that stay while it reads. `flags`:
 * `lockedCopy` for values with a bpf_spin_lock, whose own bytes read as zero. Into `reused`, where that is given: the rows are those
 * of the last call with it.
 */
export function readAll(map: OpenMap, flags = 0n, reused: Room = { keys: nothing, values: nothing }): PackedRows {
  const { keySize, valueSize, maxEntries, name } = map.info;
  // A batch takes whole buckets, so there is always room beyond what the map can hold.
  let room = Math.min(maxEntries, 4 * batch) + 64;
  if (reused.keys.length < room * keySize) reused.keys = new Uint8Array(room * keySize);
  if (reused.values.length < room * valueSize) reused.values = new Uint8Array(room * valueSize);
  let { keys, values } = reused;
  let read = 0;
  let wanted = Math.min(batch, room);
  let from: Uint8Array | undefined;
  let next = new Uint8Array(Math.max(8, keySize));
  const count = cell(4);
  const options = flags ? batchOptions(flags) : undefined;
  for (;;) {
    if (read + wanted > room) {
      room = Math.max(2 * room, read + wanted);
      keys = reused.keys = grown(keys, room * keySize);
      values = reused.values = grown(values, room * valueSize);
    }
    count.set(wanted);
    const at = [keys.subarray(read * keySize), values.subarray(read * valueSize)] as const;
    const result = libbpf.lookupBatch(map.fd, from, next, at[0], at[1], count.bytes, options);
    if (result === -errno.ENOSPC) {
      // The next bucket holds more than `wanted`: the same token again with more room.
      wanted *= 2;
      continue;
    }
    if (result < 0 && result !== -errno.ENOENT) throw failure('bpf_map_lookup_batch', -result, name);
    read += count.get();
    if (result < 0)
      return { count: read, keys: keys.subarray(0, read * keySize), values: values.subarray(0, read * valueSize) };
    const used: Uint8Array<ArrayBuffer> = (from as Uint8Array<ArrayBuffer> | undefined) ?? new Uint8Array(next.length);
    from = next;
    next = used;
  }
}

/** Creates or overwrites `count` rows. What was written before a failure stays. Throws KernelError E2BIG when the map is full. */
export function updateAll(map: OpenMap, rows: PackedRows): void {
  const { keySize, valueSize, name } = map.info;
  atLeast(map, 'keys', rows.keys.length, rows.count * keySize);
  atLeast(map, 'values', rows.values.length, rows.count * valueSize);
  for (let done = 0; done < rows.count; ) {
    const count = cell(4, Math.min(batch, rows.count - done));
    const keys = rows.keys.subarray(done * keySize);
    const values = rows.values.subarray(done * valueSize);
    check(libbpf.updateBatch(map.fd, keys, values, count.bytes, undefined), 'bpf_map_update_batch', name);
    done += count.get();
  }
}

/** Deletes packed keys. Throws KernelError ENOENT at the first that is not there; those before it are gone. */
export function removeAll(map: OpenMap, keys: Uint8Array): void {
  const { keySize, name } = map.info;
  const total = keys.length / keySize;
  if (!Number.isInteger(total)) throw new RangeError(`${name}: ${keys.length} bytes are no keys of ${keySize}`);
  for (let done = 0; done < total; ) {
    const count = cell(4, Math.min(batch, total - done));
    const rest = keys.subarray(done * keySize);
    check(libbpf.deleteBatch(map.fd, rest, count.bytes, undefined), 'bpf_map_delete_batch', name);
    done += count.get();
  }
}

/** struct bpf_map_batch_opts: size_t sz; u64 elem_flags; u64 flags. */
function batchOptions(elementFlags: bigint): Uint8Array {
  const bytes = new Uint8Array(24);
  const view = new DataView(bytes.buffer);
  view.setBigUint64(0, 24n, true);
  view.setBigUint64(8, elementFlags, true);
  return bytes;
}

function grown(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const larger = new Uint8Array(size);
  larger.set(old);
  return larger;
}

function sized(map: OpenMap, what: string, given: number, wanted: number): void {
  if (given !== wanted) throw new RangeError(`${map.info.name}: ${what} of ${given} bytes where the map has ${wanted}`);
}

function atLeast(map: OpenMap, what: string, given: number, wanted: number): void {
  if (given < wanted) throw new RangeError(`${map.info.name}: ${given} bytes of ${what} where ${wanted} are needed`);
}
