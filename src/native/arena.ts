// C structs that point into memory. A pointer's target must stay referenced while C may follow it, and an optimiser drops a
// variable after its last use in JavaScript; so a struct and everything it points to live in one block, which is the call's argument.
import { addressOf } from './koffi.ts';

export interface Arena {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  /** Room for `size` bytes, zeroed, 8-byte aligned; returns its offset. Throws RangeError when the block is full. */
  reserve(size: number): number;
  /** Writes at `at` the address of `target`, both offsets in the block. */
  point(at: number, target: number): void;
}

/** A block of `size` bytes, every reservation rounded up to 8. */
export function arena(size: number): Arena {
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  let used = 0;
  return {
    bytes,
    view,
    reserve(wanted) {
      const offset = used;
      used += (wanted + 7) & ~7;
      if (used > size) throw new RangeError(`arena of ${size} bytes is full`);
      return offset;
    },
    point(at, target) {
      view.setBigUint64(at, addressOf(bytes) + BigInt(target), true);
    },
  };
}

/** One number in memory of its own, for C's out and in-out parameters. Host order. */
export function cell(bytes: 4 | 8, value = 0): { readonly bytes: Uint8Array; get(): number; set(value: number): void } {
  const memory = new Uint8Array(bytes);
  const view = new DataView(memory.buffer);
  const set = (wanted: number): void =>
    bytes === 4 ? view.setUint32(0, wanted, true) : view.setBigUint64(0, BigInt(wanted), true);
  set(value);
  return {
    bytes: memory,
    set,
    get: () => (bytes === 4 ? view.getUint32(0, true) : Number(view.getBigUint64(0, true))),
  };
}
