// A survey in the port's words.
import type { MapInfo } from '../../native/descriptors.ts';
import type { ConfiguredTable, Learned, LearnedTable, Observation, Slot, SlotName } from '../port.ts';
import { slotNames } from '../port.ts';
import type { Catalog } from './catalog.ts';
import type { Context } from './context.ts';
import { type Generation, hasOwnLayout, isReadable } from './generation.ts';
import { configuredTables, learnedTables } from './names.ts';
import { type Survey, survey } from './survey.ts';

/** Looks, and remembers where everything is for the calls that follow. */
export function observe(context: Context, instance: string): Observation {
  const found = survey(context, instance);
  context.surveys.set(instance, found);
  const slots: Partial<Record<SlotName, Slot>> = {};
  for (const name of slotNames) {
    const generation = found.slots[name];
    if (generation) slots[name] = slotOf(found.catalog, generation);
  }
  const { hooks, broken, missingPins, problems } = found;
  return {
    instance,
    exists: Object.keys(slots).length + hooks.length + found.learned.size + broken.length > 0,
    slots,
    hooks,
    learned: learnedOf(found.learned),
    broken,
    missingPins,
    netnsInode: context.netnsInode,
    problems,
  };
}

/** What the last `observe` saw, or sees now. */
export function known(context: Context, instance: string): Survey {
  const before = context.surveys.get(instance);
  if (before) return before;
  const found = survey(context, instance);
  context.surveys.set(instance, found);
  return found;
}

function slotOf(catalog: Catalog, generation: Generation): Slot {
  const { slot, meta, programs, maps, pinned } = generation;
  return {
    name: slot,
    meta,
    programs,
    capacities: perTable(configuredTables, (table: ConfiguredTable) => maps.get(table)?.maxEntries ?? 0),
    pinned,
    learnedIds: perTable(learnedTables, (table: LearnedTable) => maps.get(table)?.id ?? 0),
    readable: isReadable(catalog, generation),
    ownLayout: hasOwnLayout(generation),
  };
}

/** undefined: there are none at all. */
function learnedOf(maps: ReadonlyMap<LearnedTable, MapInfo>): Learned | undefined {
  if (maps.size === 0) return undefined;
  return {
    capacities: perTable(learnedTables, (table: LearnedTable) => maps.get(table)?.maxEntries ?? 0),
    ids: perTable(learnedTables, (table: LearnedTable) => maps.get(table)?.id ?? 0),
  };
}

function perTable<T extends string>(tables: readonly T[], value: (table: T) => number): Record<T, number> {
  return Object.fromEntries(tables.map((table) => [table, value(table)])) as Record<T, number>;
}
