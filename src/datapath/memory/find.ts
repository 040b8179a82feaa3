// Finds what is there: the load that a slot's pins or the interfaces' programs lead to, and the instance's learned maps.
// Reads only; every answer comes from pins and hooks, as in the kernel.
import { tables } from '../../tables/registry.ts';
import { directions } from '../../topology/topology.ts';
import { type ConfiguredTable, type LearnedTable, type SlotName, slotNames } from '../port.ts';
import { refuse } from './faults.ts';
import {
  type Attachment,
  type LearnedMaps,
  type Load,
  learnedPath,
  type MemoryWorld,
  metaOf,
  type Pinned,
  type Program,
  slotPath,
} from './world.ts';

export const configuredNames: readonly ConfiguredTable[] = tables.map(({ name }) => name);
export const learnedNames: readonly LearnedTable[] = ['peer', 'flow', 'fragment', 'counter'];
/** What a slot's directory holds, META last: without it a slot is broken. */
export const slotObjects: readonly string[] = [...configuredNames, ...directions, 'meta'];

export interface FoundSlot {
  readonly load: Load;
  readonly programs: Readonly<Record<'ingress' | 'egress', number>>;
  /** Every object of it is pinned where it belongs. */
  readonly pinned: boolean;
}

/** An attachment whose program is this instance's. */
export type OwnAttachment = Attachment & { readonly program: Program };

export function ownAttachments(world: MemoryWorld, instance: string): OwnAttachment[] {
  return world.attachments.filter(
    (one): one is OwnAttachment => one.program.kind === 'program' && metaOf(one.program.load).instance === instance,
  );
}

/** The slot by its pins when they are whole, else by a program of it that an interface runs. */
export function findSlot(world: MemoryWorld, instance: string, slot: SlotName): FoundSlot | undefined {
  const byPins = pinnedSlot(world, instance, slot);
  if (byPins) return byPins;
  const running = ownAttachments(world, instance).filter(({ program }) => metaOf(program.load).slot === slot);
  const [first] = running;
  if (!first) return undefined;
  const ofLoad = (direction: 'ingress' | 'egress'): number =>
    [...world.pins.values(), ...running.map(({ program }) => program)].find(
      (one): one is Program => one.kind === 'program' && one.direction === direction && one.load === first.program.load,
    )?.id ?? 0;
  return {
    load: first.program.load,
    programs: { ingress: ofLoad('ingress'), egress: ofLoad('egress') },
    pinned: false,
  };
}

function pinnedSlot(world: MemoryWorld, instance: string, slot: SlotName): FoundSlot | undefined {
  const pin = (object: string): Pinned | undefined => world.pins.get(slotPath(instance, slot, object));
  const [ingress, egress, meta] = [pin('ingress'), pin('egress'), pin('meta')];
  if (ingress?.kind !== 'program' || egress?.kind !== 'program' || meta?.kind !== 'meta') return undefined;
  const { load } = ingress;
  if (egress.load !== load || load.meta !== meta) return undefined;
  if (configuredNames.some((name) => pin(name) !== load.maps[name])) return undefined;
  return { load, programs: { ingress: ingress.id, egress: egress.id }, pinned: true };
}

/** As findSlot, for calls that cannot do without. */
export function theSlot(world: MemoryWorld, instance: string, slot: SlotName): FoundSlot {
  const found = findSlot(world, instance, slot);
  if (!found) throw refuse('bpf_obj_get', 'ENOENT', `${instance}/${slot}`);
  return found;
}

/** Own pins below the slot's directory, whatever else is missing. */
export function slotPins(world: MemoryWorld, instance: string, slot: SlotName): string[] {
  return slotObjects
    .map((object) => slotPath(instance, slot, object))
    .filter((path) => (world.pins.get(path)?.kind ?? 'foreign') !== 'foreign');
}

/** The learned maps by their pins, each missing one by what an interface runs, else by what a slot is bound to. */
export function findLearned(world: MemoryWorld, instance: string): Partial<LearnedMaps> {
  const loads = [
    ...ownAttachments(world, instance).map(({ program }) => program.load),
    ...slotNames.flatMap((slot) => findSlot(world, instance, slot)?.load ?? []),
  ];
  const bound = loads[0]?.learned;
  const found: { -readonly [K in keyof LearnedMaps]?: LearnedMaps[K] } = { ...bound };
  for (const name of learnedNames) {
    const pin = world.pins.get(learnedPath(instance, name));
    if (name === 'counter') {
      if (pin?.kind === 'counters') found.counter = pin;
    } else if (pin?.kind === 'map') found[name] = pin;
  }
  return found;
}

export function theLearned(world: MemoryWorld, instance: string): LearnedMaps {
  const { peer, flow, fragment, counter } = findLearned(world, instance);
  if (!peer || !flow || !fragment || !counter) throw refuse('bpf_obj_get', 'ENOENT', `${instance}/learned`);
  return { peer, flow, fragment, counter };
}
