// The packet model in the program's place: over rows in memory, with this host's clocks.
import type { ModelAnswer } from '../../packet/model/answer.ts';
import { runModel } from '../../packet/model.ts';
import type { AskedTable, RowAccess } from '../../tables/asked/access.ts';
import { modelTables, type Surroundings } from '../../tables/asked/configured.ts';
import type { ProbePacket } from '../port.ts';
import { lookUp, type MemoryMap, putEntry } from './map.ts';
import type { Evaluator, ProgramView } from './probe.ts';

/** Of neighbours nothing is known, so that the kernel is left to find them. */
const here: Surroundings = {
  nowNs: () => process.hrtime.bigint(),
  taiNs: () => BigInt(Date.now()) * 1_000_000n,
  fib: ({ ifindex }) => ({ kind: 'no-neighbour', ifindex }),
};

export const evaluateByModel: Evaluator = (view, packet) => evaluateIn(here, view, packet);

export function evaluateIn(around: Surroundings, { load, learned }: ProgramView, packet: ProbePacket): ModelAnswer {
  return runModel(modelTables(load, accessTo({ ...load.maps, ...learned }), around), packet);
}

export function accessTo(maps: Readonly<Record<AskedTable, MemoryMap>>): RowAccess {
  return {
    find: (table, key) => lookUp(maps[table], key),
    put: (table, key, value) => putEntry(maps[table], key, value),
  };
}
