// Topology + interfaces → the rows that every configured table must hold. Walks the registry; knows no table by name.
import type { ConfiguredTable } from '../datapath/port.ts';
import { tables } from '../tables/registry.ts';
import { emptyRows } from '../tables/rows.ts';
import type { Wanted } from '../tables/table.ts';
import { collectRows, type WantedRows } from '../tables/writer.ts';
import type { TableRows } from './digest.ts';

export type DesiredRows = Readonly<Record<ConfiguredTable, WantedRows>>;

export function desiredRows(wanted: Wanted): DesiredRows {
  const { topology } = wanted;
  const expected = Math.max(topology.services.length, topology.tunnels.length);
  return Object.fromEntries(
    tables.map((table) => [
      table.name,
      collectRows(table.key, table.value, expected, (emit) => table.want(wanted, emit)),
    ]),
  ) as unknown as DesiredRows;
}

/** What an instance that does not exist holds. */
export function noRows(): TableRows {
  return Object.fromEntries(
    tables.map((table) => [table.name, emptyRows(table.key.size, table.value.size)]),
  ) as unknown as TableRows;
}
