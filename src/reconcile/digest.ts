// One digest over all configured rows of a generation, so that `status` sees rows edited by hand without any file.
// The order of rows does not matter: each row adds to sums, which costs a pass instead of a sort. It finds accidents and
// hands, not forgers: whoever may write these maps may write the digest too.
import { createHash } from 'node:crypto';
import type { ConfiguredTable } from '../datapath/port.ts';
import type { Rows } from '../tables/rows.ts';
import { hashBytes } from './rowdiff.ts';

export type TableRows = Readonly<Record<ConfiguredTable, Rows>>;

/** 32 bytes. */
export function digestRows(tables: TableRows): Uint8Array {
  const sum = createHash('sha256');
  for (const name of Object.keys(tables).sort()) {
    const rows = tables[name as ConfiguredTable];
    const sums = new Float64Array(4);
    for (let i = 0; i < rows.count; i++) {
      const key = hashBytes(rows.keys, i * rows.keySize, rows.keySize, 0x1b873593);
      const low = hashBytes(rows.values, i * rows.valueSize, rows.valueSize, key);
      const high = hashBytes(rows.values, i * rows.valueSize, rows.valueSize, ~key);
      // Each addend is below 2^32, so a sum stays exact below 2^21 rows and is folded back to be so for ever.
      sums[0] = ((sums[0] ?? 0) + low) % 2 ** 48;
      sums[1] = ((sums[1] ?? 0) + high) % 2 ** 48;
      sums[2] = ((sums[2] ?? 0) + ((low ^ key) >>> 0)) % 2 ** 48;
      sums[3] = ((sums[3] ?? 0) + key) % 2 ** 48;
    }
    sum.update(`${name} ${rows.count} ${sums.join(' ')}\n`);
  }
  return sum.digest();
}
