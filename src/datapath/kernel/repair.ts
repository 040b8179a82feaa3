// Pins put where they belong: the order of a slot's, the learned maps', and those that somebody removed or exchanged.
import { unlinkSync } from 'node:fs';
import { mapInfo, withDescriptor } from '../../native/descriptors.ts';
import { errno, failure } from '../../native/errno.ts';
import { Refusal } from '../../problem.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import type { LearnedTable, SlotName } from '../port.ts';
import { type Context, learnedPath, slotPath } from './context.ts';
import { configuredTables, isDirection, learnedTables, type SlotMap } from './names.ts';
import { pinAt, readPins } from './pins.ts';
import { survey } from './survey.ts';

/** What a slot's directory holds, in the order in which it is pinned: META last. The reverse is the order in which it goes. */
export const slotObjects: readonly (SlotMap | Direction)[] = [...configuredTables, ...directions, 'meta'];

/** Pins the learned maps that are not pinned, in the place of those that are not `map`'s. */
export function pinLearned(context: Context, instance: string, map: (table: LearnedTable) => number | undefined): void {
  const { maps } = readPins(learnedPath(context, instance), 'learned');
  for (const table of learnedTables) {
    const fd = map(table);
    if (fd !== undefined)
      exchangePin(context, learnedPath(context, instance, table), maps.get(table)?.id, mapInfo(fd).id, fd);
  }
}

/** Pins what a slot lacks, in the place of what is of another generation; the learned maps too. What no longer exists stays missing. */
export function repairPins(context: Context, instance: string, slot: SlotName): void {
  const { problems, slots, catalog, learned } = survey(context, instance);
  if (problems[0]) throw new Refusal(problems[0]);
  const generation = slots[slot];
  if (!generation) throw failure('repairPins', errno.ENOENT, `${instance}/${slot}`);
  context.surveys.delete(instance);
  const learnedPins = readPins(learnedPath(context, instance), 'learned');
  for (const [table, { id }] of learned) {
    const path = learnedPath(context, instance, table);
    withDescriptor(catalog.openMap(id), (fd) => exchangePin(context, path, learnedPins.maps.get(table)?.id, id, fd));
  }
  const pins = readPins(slotPath(context, instance, slot), 'slot');
  for (const name of slotObjects) {
    const path = slotPath(context, instance, slot, name);
    const id = isDirection(name) ? generation.programs[name] : (generation.maps.get(name)?.id ?? 0);
    if (id === 0) continue;
    const there = isDirection(name) ? pins.programs.get(name)?.id : pins.maps.get(name)?.id;
    const open = isDirection(name) ? catalog.openProgram : catalog.openMap;
    withDescriptor(open(id), (fd) => exchangePin(context, path, there, id, fd));
  }
}

function exchangePin(context: Context, path: string, there: number | undefined, id: number, fd: number): void {
  if (there === id) return;
  if (there !== undefined) unlinkSync(path);
  pinAt(context, fd, path);
}
