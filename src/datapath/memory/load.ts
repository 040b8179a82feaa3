// One load of the object: new maps and programs, which nobody can find until they are pinned or attached.
import { flow, fragment, peer } from '../../tables/learned.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { directions } from '../../topology/topology.ts';
import type { ConfiguredTable, LearnedTable, LoadSpec } from '../port.ts';
import { refuse } from './faults.ts';
import type { MemoryMap } from './map.ts';
import type { CounterMap, LearnedMaps, Load, MemoryWorld, Program } from './world.ts';

export interface Loaded {
  readonly load: Load;
  readonly programs: readonly Program[];
}

/** @param known learned maps that the instance has; what it lacks is made */
export function loadObject(world: MemoryWorld, spec: LoadSpec, known: Partial<LearnedMaps>, meta: Meta): Loaded {
  const { role, ingressFeatures, egressFeatures, capacities, learnedCapacities } = spec;
  const maps = {} as Record<ConfiguredTable, MemoryMap>;
  for (const table of tables) maps[table.name] = newMap(world, 'hash', table, capacities[table.name]);
  const load: Load = {
    role,
    ingressFeatures,
    egressFeatures,
    maps,
    meta: { kind: 'meta', id: ++world.lastId, bytes: metaLayout.encode(meta) },
    learned: {
      peer: known.peer ?? newMap(world, 'hash', peer, learnedCapacities.peer),
      flow: known.flow ?? newMap(world, 'lru', flow, learnedCapacities.flow),
      fragment: known.fragment ?? newMap(world, 'lru', fragment, learnedCapacities.fragment),
      counter: known.counter ?? newCounters(world, learnedCapacities.counter),
    },
  };
  return { load, programs: directions.map((direction) => ({ kind: 'program', id: ++world.lastId, direction, load })) };
}

function newMap(
  world: MemoryWorld,
  type: 'hash' | 'lru',
  table: {
    readonly name: ConfiguredTable | LearnedTable;
    readonly key: { readonly size: number };
    readonly value: { readonly size: number };
  },
  maxEntries: number,
): MemoryMap {
  if (maxEntries < 1) throw refuse('bpf_map_create', 'EINVAL', `${table.name} with max_entries ${maxEntries}`);
  return {
    kind: 'map',
    id: ++world.lastId,
    name: table.name,
    type,
    keySize: table.key.size,
    valueSize: table.value.size,
    maxEntries,
    entries: new Map(),
  };
}

function newCounters(world: MemoryWorld, blocks: number): CounterMap {
  return { kind: 'counters', id: ++world.lastId, blocks, values: new Map() };
}
