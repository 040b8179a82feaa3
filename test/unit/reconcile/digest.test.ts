import { describe, expect, test } from 'vitest';
import { noRows } from '../../../src/reconcile/desired.ts';
import { digestRows, type TableRows } from '../../../src/reconcile/digest.ts';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

function withDecap(keys: number[], values: number[]): TableRows {
  const empty = noRows();
  const { keySize, valueSize } = empty.decap;
  const rows = {
    keySize,
    valueSize,
    count: keys.length,
    keys: new Uint8Array(keys.length * keySize),
    values: new Uint8Array(values.length * valueSize),
  };
  keys.forEach((key, i) => {
    rows.keys[i * keySize] = key;
  });
  values.forEach((value, i) => {
    rows.values[i * valueSize] = value;
  });
  return { ...empty, decap: rows };
}

describe('digestRows', () => {
  const reference = hex(digestRows(withDecap([1, 2, 3], [7, 8, 9])));

  test('does not depend on the order of rows', () => {
    expect(hex(digestRows(withDecap([3, 1, 2], [9, 7, 8])))).toBe(reference);
  });

  test.each([
    ['a value', [1, 2, 3], [7, 8, 10]],
    ['a key', [1, 2, 4], [7, 8, 9]],
    ['a row more', [1, 2, 3, 4], [7, 8, 9, 0]],
    ['a row less', [1, 2], [7, 8]],
    ['two values that changed places', [1, 2, 3], [8, 7, 9]],
  ])('sees %s', (_, keys, values) => {
    expect(hex(digestRows(withDecap(keys, values)))).not.toBe(reference);
  });
});
