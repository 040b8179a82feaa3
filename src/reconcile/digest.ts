// One digest over all configured rows of a generation, so that `status` sees rows edited by hand without any file.
// The order of rows does not matter: each row adds to sums, which costs a pass instead of a sort; and a row can be taken out
// of the sums or put into them, by which drift.ts tells which one was edited. It finds accidents and hands, not forgers:
// whoever may write these maps may write the digest too.
import { createHash } from 'node:crypto';
import type { ConfiguredTable } from '../datapath/port.ts';
import type { Rows } from '../tables/rows.ts';
import { hashBytes } from './rowdiff.ts';

export type TableRows = Readonly<Record<ConfiguredTable, Rows>>;

/** Of one table. */
export interface RowSums {
  count: number;
  /** Four of them, each below 2^48. */
  readonly sums: Float64Array;
}

export type TableSums = Readonly<Record<string, RowSums>>;

const modulus = 2 ** 48;

/** 32 bytes. */
export function digestRows(tables: TableRows): Uint8Array {
  return digestSums(sumTables(tables));
}

export function sumTables(tables: TableRows): TableSums {
  return Object.fromEntries(
    Object.entries(tables).map(([name, rows]) => {
      const total: RowSums = { count: 0, sums: new Float64Array(4) };
      for (let at = 0; at < rows.count; at++) addRow(total, rows, at, 1);
      return [name, total];
    }),
  );
}

export function digestSums(tables: TableSums): Uint8Array {
  const hash = createHash('sha256');
  for (const name of Object.keys(tables).sort()) {
    const { count, sums } = tables[name] ?? { count: 0, sums: [] };
    hash.update(`${name} ${count} ${sums.join(' ')}\n`);
  }
  return hash.digest();
}

/** @param sign 1 puts the row in, -1 takes it out */
export function addRow(total: RowSums, rows: Rows, at: number, sign: 1 | -1): void {
  const { sums } = total;
  const key = hashBytes(rows.keys, at * rows.keySize, rows.keySize, 0x1b873593);
  const low = hashBytes(rows.values, at * rows.valueSize, rows.valueSize, key);
  const high = hashBytes(rows.values, at * rows.valueSize, rows.valueSize, ~key);
  // Each addend is below 2^32, so a sum stays exact below 2^21 rows and is folded back to be so for ever.
  sums[0] = folded((sums[0] ?? 0) + sign * low);
  sums[1] = folded((sums[1] ?? 0) + sign * high);
  sums[2] = folded((sums[2] ?? 0) + sign * ((low ^ key) >>> 0));
  sums[3] = folded((sums[3] ?? 0) + sign * key);
  total.count += sign;
}

function folded(sum: number): number {
  return sum < 0 ? sum + modulus : sum % modulus;
}
