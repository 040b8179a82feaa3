// Rows as a packet's story asks for them: configured ones as packed bytes, learned ones by key, and what the packet itself teaches
// over both.
import type { LearntTable } from '../../datapath/port.ts';
import type { RowAccess } from '../../tables/asked/access.ts';
import { isLearnt } from '../../tables/registry.ts';
import { type Rows, valueAt } from '../../tables/rows.ts';
import type { TableRows } from '../digest.ts';

/** A learned row's value; undefined: there is none. */
export type LearnedRow = (table: LearntTable, key: Uint8Array) => Uint8Array | undefined;

export function accessOver(tables: TableRows, learned: LearnedRow): RowAccess {
  const taught = new Map<string, Uint8Array>();
  return {
    find: (table, key) => {
      if (isLearnt(table)) return taught.get(rowName(table, key)) ?? learned(table, key);
      const at = findRow(tables[table], key);
      return at === undefined ? undefined : valueAt(tables[table], at);
    },
    put: (table, key, value) => taught.set(rowName(table, key), value),
  };
}

/** Of a row in any table, for comparing. */
export function rowName(table: string, key: Uint8Array): string {
  return `${table} ${Buffer.from(key).toString('hex')}`;
}

/** Position of the row with this key. */
export function findRow({ keys, keySize, count }: Rows, key: Uint8Array): number | undefined {
  const all = Buffer.from(keys.buffer, keys.byteOffset, count * keySize);
  for (let at = all.indexOf(key); at >= 0; at = all.indexOf(key, at + 1)) if (at % keySize === 0) return at / keySize;
  return undefined;
}
