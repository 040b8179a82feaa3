// Everything that the kernel holds of one instance, with ids: pins and hooks read together. Where a pin and a hook disagree,
// the hook is right, since it is what packets meet.

import type { MapInfo } from '../../native/descriptors.ts';
import { type Problem, problem } from '../../problem.ts';
import { directions } from '../../topology/topology.ts';
import { type Hook, type LearnedTable, type SlotName, slotNames } from '../port.ts';
import { type Catalog, createCatalog } from './catalog.ts';
import { type Context, learnedPath, pinPath, slotPath } from './context.ts';
import { fromHook, fromPins, type Generation, metaId, type Owner, ownerOf } from './generation.ts';
import { type Attached, attachedPrograms } from './hooks.ts';
import { learnedTables, slotMaps } from './names.ts';
import { foreignNames, foreignPinProblem, namesIn, type PinnedObjects, readPins } from './pins.ts';

export interface Survey {
  readonly instance: string;
  readonly catalog: Catalog;
  readonly slots: Readonly<Partial<Record<SlotName, Generation>>>;
  readonly hooks: readonly Hook[];
  /** Those that there are: by what hooks run, else by pins, else by what a slot is bound to. */
  readonly learned: ReadonlyMap<LearnedTable, MapInfo>;
  readonly broken: readonly SlotName[];
  readonly missingPins: readonly string[];
  readonly problems: readonly Problem[];
}

/** An attachment of this instance, and what it leads to. */
interface Own {
  readonly attached: Attached;
  readonly owner: Owner;
}

export function survey(context: Context, instance: string): Survey {
  const catalog = createCatalog();
  const read = (directory: string, kind: 'slot' | 'learned'): PinnedObjects => {
    const pins = readPins(directory, kind);
    catalog.add(directory, pins);
    return pins;
  };
  const pins = { a: read(slotPath(context, instance, 'a'), 'slot'), b: read(slotPath(context, instance, 'b'), 'slot') };
  const learnedPins = read(learnedPath(context, instance), 'learned');
  const own = ownAttachments(catalog, instance);

  const slots: Partial<Record<SlotName, Generation>> = {};
  for (const slot of slotNames) {
    const generation = slotGeneration(catalog, instance, slot, pins[slot], own);
    if (generation) slots[slot] = generation;
  }
  const foreign = [...foreignNames(context, instance), ...[pins.a, pins.b, learnedPins].flatMap((one) => one.foreign)];
  const learned = learnedMaps(own, learnedPins, slots);
  return {
    instance,
    catalog,
    slots,
    hooks: own.map(({ attached }) => ({ ...attached, slot: slotOf(attached, slots) })),
    learned,
    broken: slotNames.filter((slot) => !slots[slot] && pins[slot].present),
    missingPins: [
      ...slotNames.flatMap((slot) => missingInSlot(slots[slot], pins[slot])),
      ...missingLearned(learned, learnedPins),
    ],
    problems: [...(foreign.length ? [foreignPinProblem(foreign)] : []), ...elsewhere(context, instance, slots)],
  };
}

/** Names of all instances: those with a directory, and those that a hook alone knows. Sorted. */
export function instanceNames(context: Context): string[] {
  const catalog = createCatalog();
  const names = new Set(namesIn(pinPath(context, '')) ?? []);
  for (const { programId } of attachedPrograms()) {
    const owner = ownerOf(catalog, catalog.program(programId));
    if (owner) names.add(owner.meta.instance);
  }
  return [...names].sort();
}

function ownAttachments(catalog: Catalog, instance: string): Own[] {
  return attachedPrograms().flatMap((attached) => {
    const owner = ownerOf(catalog, catalog.program(attached.programId));
    return owner?.meta.instance === instance ? [{ attached, owner }] : [];
  });
}

function slotGeneration(
  catalog: Catalog,
  instance: string,
  slot: SlotName,
  pins: PinnedObjects,
  own: readonly Own[],
): Generation | undefined {
  const pinned = fromPins(catalog, instance, slot, pins);
  const running = newest(own.filter(({ owner }) => owner.slot === slot));
  if (!running || (pinned && metaId(pinned) === metaId(running))) return pinned;
  const onHooks = own.flatMap(({ attached }) => catalog.program(attached.programId) ?? []);
  return fromHook(catalog, running, [...onHooks, ...pins.programs.values()]);
}

/** Not pinned, or another object in its place. What is lost altogether is no pin to make. */
function missingInSlot(generation: Generation | undefined, pins: PinnedObjects): string[] {
  if (!generation || generation.pinned) return [];
  const { slot, maps, programs } = generation;
  return [
    ...slotMaps.filter((name) => maps.has(name) && maps.get(name)?.id !== pins.maps.get(name)?.id),
    ...directions.filter((one) => programs[one] !== 0 && programs[one] !== pins.programs.get(one)?.id),
  ].map((name) => `${slot}/${name}`);
}

function missingLearned(learned: Survey['learned'], pins: PinnedObjects): string[] {
  return [...learned].filter(([name, { id }]) => pins.maps.get(name)?.id !== id).map(([name]) => `learned/${name}`);
}

function newest(own: readonly Own[]): Owner | undefined {
  const owners = own.map(({ owner }) => owner);
  return owners.sort((a, b) => (a.meta.generation < b.meta.generation ? 1 : -1))[0];
}

function slotOf({ direction, programId }: Attached, slots: Survey['slots']): SlotName | undefined {
  return slotNames.find((slot) => slots[slot]?.programs[direction] === programId);
}

function learnedMaps(own: readonly Own[], pins: PinnedObjects, slots: Survey['slots']): Map<LearnedTable, MapInfo> {
  const running = newest(own);
  const sources = [running?.maps, pins.maps, ...slotNames.map((slot) => slots[slot]?.maps)];
  const found = new Map<LearnedTable, MapInfo>();
  for (const table of learnedTables) {
    const info = sources.map((maps: ReadonlyMap<string, MapInfo> | undefined) => maps?.get(table)).find((one) => one);
    if (info) found.set(table, info);
  }
  return found;
}

/** Hooks of another network namespace cannot be seen from here: whatever we did, we would do without knowing what runs. */
function elsewhere(context: Context, instance: string, slots: Survey['slots']): Problem[] {
  const home = slotNames
    .map((slot) => slots[slot]?.meta.netnsInode)
    .find((one) => one !== undefined && one !== context.netnsInode);
  if (home === undefined) return [];
  const hint =
    'run in that network namespace (--netns), or give this instance another name; if that namespace no longer exists, ' +
    `nothing runs it: rm -r ${pinPath(context, instance)}`;
  const message = `instance ${instance} belongs to network namespace ${home}, and this is ${context.netnsInode}`;
  return [problem('instance-elsewhere', message, { hint })];
}
