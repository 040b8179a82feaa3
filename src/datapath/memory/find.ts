// Finds what is there: the load that a slot's pins or the interfaces' programs lead to, and the instance's learned maps.
// Reads only; every answer comes from pins and hooks, as in the kernel.
import { learnedNames } from '../../tables/learned-maps.ts';
import { tables } from '../../tables/registry.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import { type ConfiguredTable, type SlotName, slotNames } from '../port.ts';
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
/** What a slot's directory holds, META last: without it a slot is broken. */
export const slotObjects: readonly string[] = [...configuredNames, ...directions, 'meta'];

export interface FoundSlot {
  readonly load: Load;
  readonly programs: Readonly<Record<Direction, number>>;
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

/** Where a pin and a hook disagree, the hook is right, since it is what packets meet. */
export function findSlot(world: MemoryWorld, instance: string, slot: SlotName): FoundSlot | undefined {
  const pinned = pinnedSlot(world, instance, slot);
  const running = newest(ownAttachments(world, instance).filter(({ program }) => metaOf(program.load).slot === slot));
  if (!running || pinned?.load === running) return pinned;
  const programs = programsOf(world, running);
  const idOf = (direction: Direction): number => programs.find((one) => one.direction === direction)?.id ?? 0;
  return { load: running, programs: { ingress: idOf('ingress'), egress: idOf('egress') }, pinned: false };
}

/** Those of its programs that still exist: pinned anywhere, or on any hook. */
export function programsOf(world: MemoryWorld, load: Load): Program[] {
  const all = [...world.pins.values(), ...world.attachments.map(({ program }) => program)];
  return all.filter((one): one is Program => one.kind === 'program' && one.load === load);
}

function newest(own: readonly OwnAttachment[]): Load | undefined {
  const loads = own.map(({ program }) => program.load);
  return loads.sort((a, b) => (metaOf(a).generation < metaOf(b).generation ? 1 : -1))[0];
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

/** Each learned map by what the hooks run, else by its pin, else by what a slot is bound to. */
export function findLearned(world: MemoryWorld, instance: string): Partial<LearnedMaps> {
  const running = newest(ownAttachments(world, instance))?.learned;
  const bound = slotNames.map((slot) => findSlot(world, instance, slot)?.load.learned).find((one) => one);
  const found: { -readonly [K in keyof LearnedMaps]?: LearnedMaps[K] } = {};
  for (const name of learnedNames) {
    const pin = world.pins.get(learnedPath(instance, name));
    if (name === 'counter') {
      const counter = running?.counter ?? (pin?.kind === 'counters' ? pin : bound?.counter);
      if (counter) found.counter = counter;
    } else {
      const map = running?.[name] ?? (pin?.kind === 'map' ? pin : bound?.[name]);
      if (map) found[name] = map;
    }
  }
  return found;
}

export function isComplete(found: Partial<LearnedMaps>): found is LearnedMaps {
  return learnedNames.every((name) => found[name]);
}

export function theLearned(world: MemoryWorld, instance: string): LearnedMaps {
  const found = findLearned(world, instance);
  if (!isComplete(found)) throw refuse('bpf_obj_get', 'ENOENT', `${instance}/learned`);
  return found;
}

/** What packets meet is neither written nor taken away. */
export function refuseRunning(world: MemoryWorld, call: string, instance: string, slot: SlotName): void {
  const load = findSlot(world, instance, slot)?.load;
  const hook = load && ownAttachments(world, instance).find(({ program }) => program.load === load);
  if (hook) throw refuse(call, 'EBUSY', `${hook.direction} of ${hook.ifindex} runs ${instance}/${slot}`);
}

/** One of them, whatever became of the others. */
export function theLearnedMap<Name extends keyof LearnedMaps>(
  world: MemoryWorld,
  instance: string,
  name: Name,
): LearnedMaps[Name] {
  const map = findLearned(world, instance)[name];
  if (!map) throw refuse('bpf_obj_get', 'ENOENT', `${instance}/learned/${name}`);
  return map;
}
