// Names and kinds of everything an instance has in the kernel: maps, programs, pins. Knows no call.
import type { Shape } from '../../layout/btf.ts';
import { flow, fragment, peer } from '../../tables/learned.ts';
import { metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import type { ConfiguredTable, LearnedTable } from '../port.ts';

export const configuredTables: readonly ConfiguredTable[] = tables.map(({ name }) => name);
export const learnedTables: readonly LearnedTable[] = ['peer', 'flow', 'fragment', 'counter'];
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
const [hash, array, perCpuArray, lruHash] = [1, 2, 6, 9];
const mapTypes: Readonly<Record<LearnedTable | 'meta', number>> = {
  peer: hash,
  flow: lruHash,
  fragment: lruHash,
  counter: perCpuArray,
  meta: array,
};
export function mapType(name: SlotMap | LearnedTable): number {
  return name === 'meta' || isLearned(name) ? mapTypes[name] : hash;
}

/** Bytes of key and value as this build knows them. */
export interface RowSize {
  readonly key: number;
  readonly value: number;
}
const counterBlockBytes = 256 * 16;
export function rowSize(name: SlotMap | LearnedTable): RowSize {
  if (name === 'meta') return { key: 4, value: metaLayout.size };
  if (name === 'counter') return { key: 4, value: counterBlockBytes };
  const table = [...tables, peer, flow, fragment].find((one) => one.name === name);
  if (!table) throw new Error(`table ${name} has no descriptor`);
  return { key: table.key.size, value: table.value.size };
}

/** Every layout that the object must agree with before it is loaded. */
export const shapes: readonly Shape[] = [
  metaLayout,
  ...[...tables, peer, flow, fragment].flatMap(({ key, value }) => [key, value]),
];
