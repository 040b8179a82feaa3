// Slots made, mended and taken away, one pin at a time: a kill between two leaves what a killed process leaves.
import { Refusal } from '../../problem.ts';
import { learnedNames } from '../../tables/learned-maps.ts';
import type { Meta } from '../../tables/meta.ts';
import { type LoadSpec, type SlotName, slotNames } from '../port.ts';
import { type Recorder, refuse } from './faults.ts';
import {
  configuredNames,
  findLearned,
  ownAttachments,
  programsOf,
  refuseRunning,
  slotObjects,
  slotPins,
  theSlot,
} from './find.ts';
import { type Loaded, loadObject } from './load.ts';
import { foreignPins } from './observe.ts';
import { type Pinner, pinner } from './pins.ts';
import { type LearnedMaps, learnedPath, type MemoryWorld, type Pinned, slotPath } from './world.ts';

export function createSlot(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  slot: SlotName,
  spec: LoadSpec,
  meta: Meta,
): void {
  refuseForeign(world, instance);
  refuseRunning(world, 'createSlot', instance, slot);
  const known = findLearned(world, instance);
  const loaded = steps.write('createSlot', 'load', () => loadObject(world, spec, known, meta));
  const pins = pinner(world, steps, 'createSlot');
  // Only now, so that a load that fails costs nothing.
  emptySlot(world, pins, instance, slot);
  pinLearned(pins, instance, loaded.load.learned);
  pinSlot(pins, instance, slot, loaded);
}

export function discardSlot(world: MemoryWorld, steps: Recorder, instance: string, slot: SlotName): void {
  refuseForeign(world, instance);
  refuseRunning(world, 'discardSlot', instance, slot);
  emptySlot(world, pinner(world, steps, 'discardSlot'), instance, slot);
}

/** Pins again whatever a slot that a hook runs lacks, and the instance's learned maps. */
export function repairPins(world: MemoryWorld, steps: Recorder, instance: string, slot: SlotName): void {
  refuseForeign(world, instance);
  const { load } = theSlot(world, instance, slot);
  const pins = pinner(world, steps, 'repairPins');
  pinLearned(pins, instance, findLearned(world, instance));
  pinSlot(pins, instance, slot, { load, programs: programsOf(world, load) });
}

export function removeInstance(world: MemoryWorld, steps: Recorder, instance: string): void {
  refuseForeign(world, instance);
  const [hook] = ownAttachments(world, instance);
  if (hook) throw refuse('removeInstance', 'EBUSY', `${hook.direction} of ${hook.ifindex} runs ${instance}`);
  const pins = pinner(world, steps, 'removeInstance');
  for (const slot of slotNames) emptySlot(world, pins, instance, slot);
  for (const name of learnedNames) pins.unpin(learnedPath(instance, name));
}

/** While something on our paths is not ours, nothing is pinned or unpinned there. */
function refuseForeign(world: MemoryWorld, instance: string): void {
  const [problem] = foreignPins(world, instance);
  if (problem) throw new Refusal(problem);
}

/** META goes first, so that a kill on the way leaves a broken slot and not one that looks whole. */
function emptySlot(world: MemoryWorld, pins: Pinner, instance: string, slot: SlotName): void {
  for (const path of slotPins(world, instance, slot).reverse()) pins.unpin(path);
}

function pinLearned(pins: Pinner, instance: string, learned: Partial<LearnedMaps>): void {
  for (const name of learnedNames) {
    const map = learned[name];
    if (map) pins.exchange(learnedPath(instance, name), map);
  }
}

/** META last. A program that no longer exists stays missing. */
function pinSlot(pins: Pinner, instance: string, slot: SlotName, { load, programs }: Loaded): void {
  const objects = new Map<string, Pinned>([['meta', load.meta]]);
  for (const name of configuredNames) objects.set(name, load.maps[name]);
  for (const program of programs) objects.set(program.direction, program);
  for (const name of slotObjects) {
    const object = objects.get(name);
    if (object) pins.exchange(slotPath(instance, slot, name), object);
  }
}
