// What the world holds of one instance, in the port's words.
import { type Problem, problem } from '../../problem.ts';
import { learnedNames } from '../../tables/learned-maps.ts';
import { layoutVersion, metaMagic } from '../../tables/meta.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import {
  type ConfiguredTable,
  type Hook,
  type Learned,
  type LearnedTable,
  type Observation,
  type Slot,
  type SlotName,
  slotNames,
} from '../port.ts';
import {
  configuredNames,
  type FoundSlot,
  findLearned,
  findSlot,
  ownAttachments,
  slotObjects,
  slotPins,
} from './find.ts';
import { type LearnedMaps, learnedPath, type MemoryWorld, metaOf, slotPath } from './world.ts';

/** `netnsInode` is the caller's; hooks of another network namespace cannot be seen from it. */
export function observeInstance(world: MemoryWorld, instance: string, netnsInode: bigint): Observation {
  const found = new Map<SlotName, FoundSlot>();
  const slots: Partial<Record<SlotName, Slot>> = {};
  for (const name of slotNames) {
    const slot = findSlot(world, instance, name);
    if (!slot) continue;
    found.set(name, slot);
    slots[name] = describe(name, slot);
  }
  const hooks = netnsInode === world.netnsInode ? hooksOf(world, instance, found) : [];
  const maps = findLearned(world, instance);
  const learned = Object.keys(maps).length > 0 ? learnedOf(maps) : undefined;
  const broken = slotNames.filter((name) => !found.has(name) && slotPins(world, instance, name).length > 0);
  return {
    instance,
    exists: found.size + hooks.length + Object.keys(maps).length + broken.length > 0,
    slots,
    hooks,
    learned,
    broken,
    missingPins: [
      ...[...found].flatMap(([name, slot]) => missingInSlot(world, instance, name, slot)),
      ...missingLearned(world, instance, maps),
    ],
    netnsInode,
    problems: [...foreignPins(world, instance), ...elsewhere(instance, found, netnsInode)],
  };
}

/** Not pinned, or another object in its place. What is lost altogether is no pin to make. */
function missingInSlot(world: MemoryWorld, instance: string, slot: SlotName, { load, programs, pinned }: FoundSlot) {
  if (pinned) return [];
  const pin = (object: string) => world.pins.get(slotPath(instance, slot, object));
  const isLost = (direction: Direction): boolean =>
    programs[direction] !== 0 && pin(direction)?.id !== programs[direction];
  return [
    ...configuredNames.filter((name) => pin(name) !== load.maps[name]),
    ...(pin('meta') === load.meta ? [] : ['meta']),
    ...directions.filter(isLost),
  ].map((name) => `${slot}/${name}`);
}

function missingLearned(world: MemoryWorld, instance: string, maps: Partial<LearnedMaps>): string[] {
  return learnedNames
    .filter((name) => maps[name] && world.pins.get(learnedPath(instance, name)) !== maps[name])
    .map((name) => `learned/${name}`);
}

/** Names with a pin, and names that only an interface knows. */
export function instanceNames(world: MemoryWorld): string[] {
  const names = new Set<string>();
  for (const path of world.pins.keys()) names.add(path.slice(0, path.indexOf('/')));
  for (const { program } of world.attachments) if (program.kind === 'program') names.add(metaOf(program.load).instance);
  return [...names].sort();
}

function describe(name: SlotName, { load, programs, pinned }: FoundSlot): Slot {
  const meta = metaOf(load);
  const capacities = {} as Record<ConfiguredTable, number>;
  for (const table of configuredNames) capacities[table] = load.maps[table].maxEntries;
  return {
    name,
    meta,
    programs,
    capacities,
    pinned,
    learnedIds: learnedOf(load.learned).ids,
    readable: meta.magic === metaMagic,
    ownLayout: meta.layoutVersion === layoutVersion,
  };
}

function learnedOf(maps: Partial<LearnedMaps>): Learned {
  const capacities = {} as Record<LearnedTable, number>;
  const ids = {} as Record<LearnedTable, number>;
  for (const name of learnedNames) {
    const map = maps[name];
    capacities[name] = map === undefined ? 0 : map.kind === 'map' ? map.maxEntries : map.blocks;
    ids[name] = map?.id ?? 0;
  }
  return { capacities, ids };
}

function hooksOf(world: MemoryWorld, instance: string, found: ReadonlyMap<SlotName, FoundSlot>): Hook[] {
  return ownAttachments(world, instance)
    .map(({ ifindex, direction, kind, program }) => ({
      ifindex,
      interfaceName: world.interfaces.find((one) => one.ifindex === ifindex)?.name ?? '',
      direction,
      kind,
      programId: program.id,
      slot: slotNames.find((name) => found.get(name)?.load === program.load),
    }))
    .sort((a, b) => a.ifindex - b.ifindex || rank(a) - rank(b));
}

/** Ingress first, TCX first: that is how the kernel runs them. */
function rank({ direction, kind }: Hook): number {
  return (direction === 'ingress' ? 0 : 2) + (kind === 'tcx' ? 0 : 1);
}

/** What sits on our paths without being ours. */
export function foreignPins(world: MemoryWorld, instance: string): Problem[] {
  const own = new Set([
    ...slotNames.flatMap((slot) => slotObjects.map((object) => slotPath(instance, slot, object))),
    ...learnedNames.map((table) => learnedPath(instance, table)),
  ]);
  return [...world.pins]
    .filter(([path, pinned]) => path.startsWith(`${instance}/`) && (pinned.kind === 'foreign' || !own.has(path)))
    .map(([path]) => problem('foreign-pin', `"${path}" is pinned here and not ours`));
}

function elsewhere(instance: string, found: ReadonlyMap<SlotName, FoundSlot>, netnsInode: bigint): Problem[] {
  for (const { load } of found.values()) {
    const home = metaOf(load).netnsInode;
    if (home !== netnsInode)
      return [
        problem(
          'instance-elsewhere',
          `instance "${instance}" belongs to network namespace ${home}, not to ${netnsInode}`,
        ),
      ];
  }
  return [];
}
