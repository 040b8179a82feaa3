// Collects the rows that a topology wants as packed bytes, and which item of the file each came from.
import type { Layout } from '../layout/layout.ts';
import { viewOf } from '../layout/layout.ts';
import type { Rows } from './rows.ts';

/** Position of the interface, tunnel or service in the topology's sorted list; -1: none of its own. */
export type Origin = number;

export type RowWriter<Key, Value> = (key: Key, value: Value, origin: Origin) => void;

export interface WantedRows extends Rows {
  readonly origins: Int32Array;
}

/** Buffers double as they fill: `expected` rows need no second allocation. */
export function collectRows<Key, Value>(
  key: Layout<Key>,
  value: Layout<Value>,
  expected: number,
  fill: (emit: RowWriter<Key, Value>) => void,
): WantedRows {
  let room = Math.max(expected, 4);
  let keys = new Uint8Array(room * key.size);
  let values = new Uint8Array(room * value.size);
  let origins = new Int32Array(room);
  let keyView = viewOf(keys);
  let valueView = viewOf(values);
  let count = 0;
  fill((rowKey, rowValue, origin) => {
    if (count === room) {
      room *= 2;
      keys = grown(keys, room * key.size);
      values = grown(values, room * value.size);
      const more = new Int32Array(room);
      more.set(origins);
      origins = more;
      keyView = viewOf(keys);
      valueView = viewOf(values);
    }
    key.encodeInto(rowKey, keys, count * key.size, keyView);
    value.encodeInto(rowValue, values, count * value.size, valueView);
    origins[count++] = origin;
  });
  return { keySize: key.size, valueSize: value.size, count, keys, values, origins };
}

function grown(old: Uint8Array, size: number): Uint8Array<ArrayBuffer> {
  const fresh = new Uint8Array(size);
  fresh.set(old);
  return fresh;
}
