// One generation: from its pins, or from a program that a hook runs, which leads to everything that is bound to it.
import type { MapInfo, ProgramInfo } from '../../native/descriptors.ts';
import { programIds } from '../../native/descriptors.ts';
import { layoutVersion, type Meta, metaMagic } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import { type LearnedTable, type SlotName, slotNames } from '../port.ts';
import type { Catalog } from './catalog.ts';
import {
  isLearned,
  isSlotMap,
  learnedTables,
  programNames,
  programPrefix,
  programType,
  rowSize,
  type SlotMap,
  slotMaps,
} from './names.ts';
import { readingOf } from './other-layout.ts';
import type { PinnedObjects } from './pins.ts';

export interface Generation {
  readonly slot: SlotName;
  readonly meta: Meta;
  /** Ids. 0: no longer there. */
  readonly programs: Readonly<Record<Direction, number>>;
  /** Its own maps and the learned ones that its programs are bound to. */
  readonly maps: ReadonlyMap<SlotMap | LearnedTable, MapInfo>;
  readonly pinned: boolean;
}

/** What a program leads to when it is ours. */
export interface Owner {
  readonly slot: SlotName;
  readonly meta: Meta;
  readonly maps: Generation['maps'];
}

/** Id of META, which names a generation: two generations never share it. */
export function metaId(one: { readonly maps: Generation['maps'] }): number {
  return one.maps.get('meta')?.id ?? 0;
}

/** undefined: somebody else's. Asks others' programs for no more than their name. */
export function ownerOf(catalog: Catalog, program: ProgramInfo | undefined): Owner | undefined {
  if (program?.type !== programType || !program.name.startsWith(programPrefix)) return undefined;
  const maps = mapsOf(catalog, program);
  const metaMap = maps.get('meta');
  const meta = metaMap && catalog.meta(metaMap.id);
  const slot = slotNames.find((name) => name === meta?.slot);
  return meta?.magic === metaMagic && slot ? { slot, meta, maps } : undefined;
}

/** Pins first: what they lead to needs neither a call nor CAP_SYS_ADMIN, and usually they lead to everything. */
function mapsOf(catalog: Catalog, program: ProgramInfo): Map<SlotMap | LearnedTable, MapInfo> {
  const maps = new Map<SlotMap | LearnedTable, MapInfo>();
  for (const find of [catalog.pinnedMap, catalog.map]) {
    for (const id of program.mapIds) {
      const info = find(id);
      if (info && (isSlotMap(info.name) || isLearned(info.name))) maps.set(info.name, info);
    }
    if (maps.size === slotMaps.length + learnedTables.length) break;
  }
  return maps;
}

/** The generation that a slot's directory holds whole; undefined: something is missing, or the pins are of several generations. */
export function fromPins(
  catalog: Catalog,
  instance: string,
  slot: SlotName,
  pins: PinnedObjects,
): Generation | undefined {
  const [ingress, egress] = [pins.programs.get('ingress'), pins.programs.get('egress')];
  if (!ingress || !egress) return undefined;
  const owner = ownerOf(catalog, ingress);
  if (owner?.meta.instance !== instance || owner.slot !== slot) return undefined;
  // Another build has other tables: those that its programs are bound to.
  const names = owner.meta.layoutVersion === layoutVersion ? slotMaps : slotMaps.filter((name) => owner.maps.has(name));
  const ids = names.map((name) => pins.maps.get(name)?.id ?? 0);
  if (![ingress, egress].every(({ mapIds }) => ids.every((id) => mapIds.includes(id)))) return undefined;
  return { ...owner, programs: { ingress: ingress.id, egress: egress.id }, pinned: true };
}

/** The generation of a program that a hook runs. Its other program is looked for among those that hooks and pins have, then everywhere. */
export function fromHook(catalog: Catalog, owner: Owner, candidates: readonly ProgramInfo[]): Generation {
  const id = metaId(owner);
  const find = (direction: Direction, among: readonly (ProgramInfo | undefined)[]): number | undefined =>
    among.find((one) => one?.name === programNames[direction] && one.mapIds.includes(id))?.id;
  const programs = { ingress: 0, egress: 0 };
  for (const direction of directions)
    programs[direction] = find(direction, candidates) ?? find(direction, programIds().map(catalog.program)) ?? 0;
  return { ...owner, programs, pinned: false };
}

export function isReadable(catalog: Catalog, generation: Generation): boolean {
  if (hasOwnLayout(generation)) return true;
  return tables.every((table) => {
    const info = generation.maps.get(table.name);
    // A table that its build did not have is empty.
    return !info || readingOf(catalog, info, table) !== undefined;
  });
}

/** By the sizes of its maps: types are compared when the object is loaded. */
export function hasOwnLayout({ meta, maps }: Generation): boolean {
  if (meta.layoutVersion !== layoutVersion) return false;
  return [...slotMaps, ...learnedTables].every((name) => {
    const info = maps.get(name);
    const { key, value } = rowSize(name);
    return info?.keySize === key && info.valueSize === value;
  });
}
