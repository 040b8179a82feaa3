// Desired rows × observed rows of one table → what to create, change and delete. Rows are compared as bytes through an
// open-addressing index, since a Map with string keys takes eight times as long at a million rows (FACTS.md section 2).
import type { RowChanges } from '../datapath/port.ts';
import { keyAt, type Rows, valueAt } from '../tables/rows.ts';

/** Positions into `desired` and `observed`, ascending. */
export interface RowDiff {
  readonly desired: Rows;
  readonly observed: Rows;
  /** Positions in desired whose key is not observed. */
  readonly creates: readonly number[];
  /** [position in desired, position in observed] with equal keys and unequal values. */
  readonly updates: readonly (readonly [number, number])[];
  /** Positions in observed whose key is not desired. */
  readonly deletes: readonly number[];
}

export function diffRows(desired: Rows, observed: Rows): RowDiff {
  if (desired.keySize !== observed.keySize || desired.valueSize !== observed.valueSize)
    throw new RangeError('rows of unlike layouts cannot be compared');
  const index = indexRows(observed);
  const matched = new Uint8Array(observed.count);
  const creates: number[] = [];
  const updates: [number, number][] = [];
  for (let i = 0; i < desired.count; i++) {
    const j = index.find(desired.keys, i * desired.keySize);
    if (j < 0) creates.push(i);
    else {
      matched[j] = 1;
      if (!sameBytes(desired.values, i * desired.valueSize, observed.values, j * observed.valueSize, desired.valueSize))
        updates.push([i, j]);
    }
  }
  const deletes: number[] = [];
  for (let j = 0; j < observed.count; j++) if (!matched[j]) deletes.push(j);
  return { desired, observed, creates, updates, deletes };
}

export function isEmptyDiff(diff: RowDiff): boolean {
  return diff.creates.length + diff.updates.length + diff.deletes.length === 0;
}

/** What to write so that a map with `observed` holds `desired`. */
export function rowChanges(diff: RowDiff): RowChanges {
  const { keySize, valueSize } = diff.desired;
  const positions = [...diff.creates, ...diff.updates.map(([i]) => i)];
  if (positions.length === diff.desired.count && diff.observed.count === 0)
    return { upserts: diff.desired, deletions: new Uint8Array(0) };
  const keys = new Uint8Array(positions.length * keySize);
  const values = new Uint8Array(positions.length * valueSize);
  positions.forEach((position, n) => {
    keys.set(keyAt(diff.desired, position), n * keySize);
    values.set(valueAt(diff.desired, position), n * valueSize);
  });
  const deletions = new Uint8Array(diff.deletes.length * keySize);
  diff.deletes.forEach((position, n) => {
    deletions.set(keyAt(diff.observed, position), n * keySize);
  });
  return { upserts: { keySize, valueSize, count: positions.length, keys, values }, deletions };
}

interface RowIndex {
  /** Position of the row whose key stands at `offset` of `keys`, or -1. */
  find(keys: Uint8Array, offset: number): number;
}

export function indexRows(rows: Rows): RowIndex {
  let slots = 8;
  while (slots < rows.count * 2) slots *= 2;
  const mask = slots - 1;
  const heads = new Uint32Array(slots); // position + 1; 0 is free
  const size = rows.keySize;
  for (let i = 0; i < rows.count; i++) {
    let at = hashBytes(rows.keys, i * size, size) & mask;
    while (heads[at]) at = (at + 1) & mask;
    heads[at] = i + 1;
  }
  return {
    find(keys, offset) {
      let at = hashBytes(keys, offset, size) & mask;
      for (let head = heads[at] ?? 0; head; head = heads[at] ?? 0) {
        if (sameBytes(keys, offset, rows.keys, (head - 1) * size, size)) return head - 1;
        at = (at + 1) & mask;
      }
      return -1;
    },
  };
}

/** 32 bits; `seed` gives independent hashes of the same bytes. Mixing steps are MurmurHash3's finalizer (public domain). */
export function hashBytes(source: Uint8Array, offset: number, size: number, seed = 0x9e3779b9): number {
  let hash = seed;
  for (let i = offset; i < offset + size; i++) hash = Math.imul(hash ^ (source[i] ?? 0), 0x01000193);
  hash ^= hash >>> 16;
  hash = Math.imul(hash, 0x85ebca6b);
  hash ^= hash >>> 13;
  hash = Math.imul(hash, 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}

function sameBytes(a: Uint8Array, aOffset: number, b: Uint8Array, bOffset: number, size: number): boolean {
  for (let i = 0; i < size; i++) if (a[aOffset + i] !== b[bOffset + i]) return false;
  return true;
}
