// Slots made, mended and taken away, one pin at a time: a kill between two leaves what a killed process leaves.

import { flow, fragment, peer } from '../../tables/learned.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { directions } from '../../topology/topology.ts';
import { type ConfiguredTable, type LearnedTable, type LoadSpec, type SlotName, slotNames } from '../port.ts';
import { type Recorder, refuse } from './faults.ts';
import { configuredNames, findLearned, learnedNames, ownAttachments, slotObjects, slotPins, theSlot } from './find.ts';
import type { MemoryMap } from './map.ts';
import {
  type CounterMap,
  type LearnedMaps,
  type Load,
  learnedPath,
  type MemoryWorld,
  metaOf,
  type Pinned,
  type Program,
  slotPath,
} from './world.ts';

export function createSlot(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  slot: SlotName,
  spec: LoadSpec,
  meta: Meta,
): void {
  unpinSlot(world, steps, 'createSlot', instance, slot);
  const learned = learnedMaps(world, steps, instance, spec.learnedCapacities);
  const { load, programs } = steps.write('createSlot', 'load', () => loadObject(world, spec, learned));
  steps.write('createSlot', 'write meta', () => {
    load.meta.bytes = metaLayout.encode(meta);
  });
  pinAll(world, steps, 'createSlot', instance, slot, load, programs);
}

export function discardSlot(world: MemoryWorld, steps: Recorder, instance: string, slot: SlotName): void {
  unpinSlot(world, steps, 'discardSlot', instance, slot);
}

/** Pins again whatever a slot that a hook runs lacks, and the learned maps that it is bound to. */
export function repairPins(world: MemoryWorld, steps: Recorder, instance: string, slot: SlotName): void {
  const { load } = theSlot(world, instance, slot);
  const found = [...world.pins.values(), ...world.attachments.map(({ program }) => program)];
  const programs = found.filter((one): one is Program => one.kind === 'program' && one.load === load);
  for (const name of learnedNames) {
    const path = learnedPath(instance, name);
    if (!world.pins.has(path)) pin(world, steps, 'repairPins', path, load.learned[name]);
  }
  pinAll(world, steps, 'repairPins', instance, slot, load, programs);
}

export function removeInstance(world: MemoryWorld, steps: Recorder, instance: string): void {
  const paths = [
    ...slotNames.flatMap((slot) => slotPins(world, instance, slot).reverse()),
    ...learnedNames.map((name) => learnedPath(instance, name)),
  ];
  for (const path of paths) unpin(world, steps, 'removeInstance', path);
}

/** META goes first, so that a kill on the way leaves a broken slot and not one that looks whole. */
function unpinSlot(world: MemoryWorld, steps: Recorder, method: string, instance: string, slot: SlotName): void {
  if (ownAttachments(world, instance).some(({ program }) => metaOf(program.load).slot === slot))
    throw refuse(method, 'EBUSY', `${instance}/${slot} is what a hook runs`);
  for (const path of slotPins(world, instance, slot).reverse()) unpin(world, steps, method, path);
}

/** Those that the instance has, and new ones for those that it lacks. */
function learnedMaps(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  capacities: LoadSpec['learnedCapacities'],
): LearnedMaps {
  const known = findLearned(world, instance);
  const maps = {
    peer: known.peer ?? newMap(world, 'hash', peer, capacities.peer),
    flow: known.flow ?? newMap(world, 'lru', flow, capacities.flow),
    fragment: known.fragment ?? newMap(world, 'lru', fragment, capacities.fragment),
    counter: known.counter ?? newCounters(world, capacities.counter),
  };
  for (const name of learnedNames) {
    const path = learnedPath(instance, name);
    if (!world.pins.has(path)) pin(world, steps, 'createSlot', path, maps[name]);
  }
  return maps;
}

function loadObject(
  world: MemoryWorld,
  { role, ingressFeatures, egressFeatures, capacities }: LoadSpec,
  learned: LearnedMaps,
): { readonly load: Load; readonly programs: readonly Program[] } {
  const maps = {} as Record<ConfiguredTable, MemoryMap>;
  for (const table of tables) maps[table.name] = newMap(world, 'hash', table, capacities[table.name]);
  const load: Load = {
    role,
    ingressFeatures,
    egressFeatures,
    maps,
    meta: { kind: 'meta', id: ++world.lastId, bytes: new Uint8Array(metaLayout.size) },
    learned,
  };
  return { load, programs: directions.map((direction) => ({ kind: 'program', id: ++world.lastId, direction, load })) };
}

function pinAll(
  world: MemoryWorld,
  steps: Recorder,
  method: string,
  instance: string,
  slot: SlotName,
  load: Load,
  programs: readonly Program[],
): void {
  const objects = new Map<string, Pinned>([['meta', load.meta]]);
  for (const name of configuredNames) objects.set(name, load.maps[name]);
  for (const program of programs) objects.set(program.direction, program);
  for (const name of slotObjects) {
    const path = slotPath(instance, slot, name);
    const object = objects.get(name);
    const there = world.pins.get(path);
    if (!object || there === object) continue;
    if (there && there.kind !== 'foreign') unpin(world, steps, method, path);
    pin(world, steps, method, path, object);
  }
}

function pin(world: MemoryWorld, steps: Recorder, method: string, path: string, object: Pinned): void {
  steps.write(method, `pin ${path}`, () => {
    if (world.pins.has(path)) throw refuse('bpf_obj_pin', 'EEXIST', path);
    world.pins.set(path, object);
  });
}

/** Never what is not ours. */
function unpin(world: MemoryWorld, steps: Recorder, method: string, path: string): void {
  if ((world.pins.get(path)?.kind ?? 'foreign') === 'foreign') return;
  steps.write(method, `unpin ${path}`, () => world.pins.delete(path));
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
