import { describe, expect, test } from 'vitest';
import {
  deleteEntry,
  entryName,
  lookUp,
  type MemoryMap,
  putEntry,
  rowsOf,
} from '../../../../src/datapath/memory/map.ts';

const mapOf = (type: 'hash' | 'lru', maxEntries: number): MemoryMap => ({
  kind: 'map',
  id: 1,
  name: 'tunnel',
  type,
  keySize: 1,
  valueSize: 2,
  maxEntries,
  entries: new Map(),
});
const key = (byte: number): Uint8Array => Uint8Array.of(byte);
const value = (byte: number): Uint8Array => Uint8Array.of(byte, byte);

describe('a map in memory', () => {
  test('refuses a new row when it is full and still takes another value of an old one', () => {
    const map = mapOf('hash', 2);
    putEntry(map, key(1), value(1));
    putEntry(map, key(2), value(2));
    expect(() => putEntry(map, key(3), value(3))).toThrow(expect.objectContaining({ errnoName: 'E2BIG' }));
    putEntry(map, key(2), value(9));
    expect(lookUp(map, key(2))).toEqual(value(9));
    expect(map.entries.size).toBe(2);
  });

  test('evicts what was written longest ago when it is an LRU', () => {
    const map = mapOf('lru', 2);
    for (const byte of [1, 2, 1, 3]) putEntry(map, key(byte), value(byte));
    expect([1, 2, 3].map((byte) => lookUp(map, key(byte)) !== undefined)).toEqual([true, false, true]);
  });

  test('has no row to delete where there is none', () => {
    expect(() => deleteEntry(mapOf('hash', 2), key(1))).toThrow(expect.objectContaining({ errnoName: 'ENOENT' }));
  });

  test('refuses keys and values of another size', () => {
    const map = mapOf('hash', 2);
    expect(() => putEntry(map, value(1), value(1))).toThrow(expect.objectContaining({ errnoName: 'EINVAL' }));
    expect(() => putEntry(map, key(1), key(1))).toThrow(expect.objectContaining({ errnoName: 'EINVAL' }));
  });

  test('keeps copies: neither what was written nor what was read leads back into it', () => {
    const map = mapOf('hash', 2);
    const written = value(1);
    putEntry(map, key(1), written);
    written.fill(9);
    lookUp(map, key(1))?.fill(9);
    rowsOf(map).values.fill(9);
    expect(lookUp(map, key(1))).toEqual(value(1));
  });

  test('gives its rows in an order that is neither of writing nor of keys', () => {
    const map = mapOf('hash', 64);
    for (let byte = 0; byte < 64; byte++) putEntry(map, key(byte), value(byte));
    const { keys, values, count } = rowsOf(map);
    const ascending = Array.from({ length: 64 }, (_, byte) => byte);
    expect(count).toBe(64);
    expect([...keys]).not.toEqual(ascending);
    expect([...keys].sort((a, b) => a - b)).toEqual(ascending);
    expect([...keys].flatMap((byte) => [byte, byte])).toEqual([...values]);
  });

  test('tells keys apart whatever bytes they have', () => {
    const names = new Set(Array.from({ length: 256 }, (_, byte) => entryName(key(byte))));
    expect(names.size).toBe(256);
  });
});
