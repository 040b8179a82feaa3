// The model over the same rows: maps in memory, asked as the memory datapath asks it, with the clocks of this host and the FIB of the
// place.

import { accessTo } from '../../src/datapath/memory/evaluate.ts';
import { type MemoryMap, putEntry } from '../../src/datapath/memory/map.ts';
import type { ProbePacket } from '../../src/datapath/port.ts';
import type { ModelAnswer } from '../../src/packet/model/answer.ts';
import { runModel } from '../../src/packet/model.ts';
import { modelTables } from '../../src/tables/asked/configured.ts';
import { roleNumbers } from '../../src/tables/config.ts';
import { fibAnswer } from './place.ts';
import type { Constants } from './programs.ts';
import {
  type FuzzedTable,
  fuzzedNames,
  fuzzedTables,
  type learnedNames,
  type PackedRow,
  type PackedRows,
} from './rows.ts';

export interface Model {
  run(packet: ProbePacket): ModelAnswer;
  read(table: (typeof learnedNames)[number]): readonly PackedRow[];
}

const around = {
  nowNs: () => process.hrtime.bigint(),
  taiNs: () => BigInt(Date.now()) * 1_000_000n,
  fib: fibAnswer,
};

export function modelOver(constants: Constants, rows: PackedRows): Model {
  const maps = Object.fromEntries(fuzzedNames.map((name) => [name, mapOf(name, rows[name])])) as Record<
    FuzzedTable,
    MemoryMap
  >;
  const tables = modelTables({ ...constants, role: roleNumbers[constants.role] }, accessTo(maps), around);
  return {
    run: (packet) => runModel(tables, packet),
    read: (table) => [...maps[table].entries.values()],
  };
}

function mapOf(name: FuzzedTable, rows: readonly PackedRow[]): MemoryMap {
  const { key, value } = fuzzedTables[name];
  const map: MemoryMap = {
    kind: 'map',
    id: 0,
    name,
    type: 'hash',
    keySize: key.size,
    valueSize: value.size,
    maxEntries: 4096,
    entries: new Map(),
  };
  for (const row of rows) putEntry(map, row.key, row.value);
  return map;
}
