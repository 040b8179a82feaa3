// One load of the object: new maps and programs, which nobody can find until they are pinned or attached.
import { type LearnedMap, learnedMaps } from '../../tables/learned-maps.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { directions } from '../../topology/topology.ts';
import type { ConfiguredTable, LearnedTable, LoadSpec } from '../port.ts';
import { refuse } from './faults.ts';
import type { MemoryMap } from './map.ts';
import {
  type CounterMap,
  type LearnedMaps,
  type Load,
  type MemoryWorld,
  type PlainMap,
  type Program,
  plainMaps,
} from './world.ts';

export interface Loaded {
  readonly load: Load;
  readonly programs: readonly Program[];
}

/**
 * @param known learned maps that the instance has; what it lacks is made
 * @param meta undefined: never written
 */
export function loadObject(
  world: MemoryWorld,
  spec: LoadSpec,
  known: Partial<LearnedMaps>,
  meta: Meta | undefined,
): Loaded {
  const { capacities, learnedCapacities, ...constants } = spec;
  const maps = {} as Record<ConfiguredTable, MemoryMap>;
  for (const { name, key, value } of tables)
    maps[name] = newMap(world, name, { type: 'hash', key: key.size, value: value.size }, capacities[name]);
  const load: Load = {
    ...constants,
    maps,
    meta: { kind: 'meta', id: ++world.lastId, bytes: meta ? metaLayout.encode(meta) : new Uint8Array(metaLayout.size) },
    learned: learnedOf(world, known, learnedCapacities),
  };
  return { load, programs: directions.map((direction) => ({ kind: 'program', id: ++world.lastId, direction, load })) };
}

function learnedOf(world: MemoryWorld, known: Partial<LearnedMaps>, capacities: LoadSpec['learnedCapacities']) {
  const maps = {} as Record<PlainMap, MemoryMap>;
  for (const name of plainMaps) maps[name] = known[name] ?? newMap(world, name, learnedMaps[name], capacities[name]);
  return { ...maps, counter: known.counter ?? newCounters(world, capacities.counter) };
}

function newMap(
  world: MemoryWorld,
  name: ConfiguredTable | LearnedTable,
  { type, key: keySize, value: valueSize }: LearnedMap,
  maxEntries: number,
): MemoryMap {
  if (maxEntries < 1) throw refuse('bpf_map_create', 'EINVAL', `${name} with max_entries ${maxEntries}`);
  return { kind: 'map', id: ++world.lastId, name, type, keySize, valueSize, maxEntries, entries: new Map() };
}

function newCounters(world: MemoryWorld, blocks: number): CounterMap {
  return { kind: 'counters', id: ++world.lastId, blocks, values: new Map() };
}
