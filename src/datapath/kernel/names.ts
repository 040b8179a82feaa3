// Names and kinds of everything an instance has in the kernel: maps, programs, pins. Knows no call.
import type { Shape } from '../../layout/btf.ts';
import { capturedLayout, captureLayout, eventLayout } from '../../tables/events.ts';
import { flow, fragment, path, peer } from '../../tables/learned.ts';
import { type LearnedMap, learnedMaps, learnedNames } from '../../tables/learned-maps.ts';
import { metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import type { ConfiguredTable, LearnedTable } from '../port.ts';

export const configuredTables: readonly ConfiguredTable[] = tables.map(({ name }) => name);
export const learnedTables: readonly LearnedTable[] = learnedNames;
/** The maps that a slot has of its own. */
export type SlotMap = ConfiguredTable | 'meta';
export const slotMaps: readonly SlotMap[] = [...configuredTables, 'meta'];
export const isSlotMap = (name: string): name is SlotMap => slotMaps.some((one) => one === name);
export const isLearned = (name: string): name is LearnedTable => learnedTables.some((one) => one === name);
export const isDirection = (name: string): name is Direction => directions.some((one) => one === name);

/** Names of the two programs; others' are told from ours by this prefix, before anything else of them is asked. */
export const programPrefix = 'ti_';
export const programNames: Readonly<Record<Direction, string>> = { ingress: 'ti_ingress', egress: 'ti_egress' };
/** BPF_PROG_TYPE_SCHED_CLS. */
export const programType = 3;

/** BPF_MAP_TYPE_*. */
const mapTypes: Readonly<Record<LearnedMap['type'], number>> = {
  hash: 1,
  array: 2,
  'per-cpu-array': 6,
  lru: 9,
  'ring-buffer': 27,
};
export function mapType(name: SlotMap | LearnedTable): number {
  if (name === 'meta') return mapTypes.array;
  return isLearned(name) ? mapTypes[learnedMaps[name].type] : mapTypes.hash;
}

/** Bytes of key and value as this build knows them. */
export type RowSize = Pick<LearnedMap, 'key' | 'value'>;

export function rowSize(name: SlotMap | LearnedTable): RowSize {
  if (name === 'meta') return { key: 4, value: metaLayout.size };
  if (isLearned(name)) return learnedMaps[name];
  const table = tables.find((one) => one.name === name);
  if (!table) throw new Error(`table ${name} has no descriptor`);
  return { key: table.key.size, value: table.value.size };
}

/** Every layout that the object must agree with before it is loaded. */
export const shapes: readonly Shape[] = [
  metaLayout,
  captureLayout,
  capturedLayout,
  eventLayout,
  ...[...tables, peer, flow, fragment, path].flatMap(({ key, value }) => [key, value]),
];
