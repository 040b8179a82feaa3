// Slots made, mended and taken away. META is pinned last and unpinned first: whoever dies in between leaves a slot without
// META, which nobody takes for whole.
import { closeSync } from 'node:fs';
import { type MapInfo, mapInfo } from '../../native/descriptors.ts';
import { errno, failure } from '../../native/errno.ts';
import { update } from '../../native/maps.ts';
import { Refusal } from '../../problem.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import { type LearnedTable, type LoadSpec, type SlotName, slotNames } from '../port.ts';
import { type Context, learnedPath, pinPath, slotPath } from './context.ts';
import { load } from './load.ts';
import { copyLearned, isOfOwnLayout } from './migrate.ts';
import { learnedTables } from './names.ts';
import { emptyDirectory, pinAt, removeIfEmpty } from './pins.ts';
import { pinLearned, slotObjects } from './repair.ts';
import { type Survey, survey } from './survey.ts';

export function createSlot(context: Context, instance: string, slot: SlotName, spec: LoadSpec, meta: Meta): void {
  const found = fresh(context, instance);
  refuseRunning(found, slot, 'createSlot');
  const reuse = new Map<string, number>();
  try {
    const replaced = new Map<LearnedTable, MapInfo>();
    const capacities: Record<string, number> = { ...spec.capacities, ...spec.learnedCapacities };
    for (const [table, info] of found.learned)
      if (isOfOwnLayout(found.catalog, table, info)) reuse.set(table, found.catalog.openMap(info.id));
      else {
        replaced.set(table, info);
        capacities[table] = Math.max(spec.learnedCapacities[table], info.maxEntries);
      }
    const constants = {
      role: spec.role,
      ingress_features: spec.ingressFeatures,
      egress_features: spec.egressFeatures,
      topology_features: spec.topologyFeatures,
    };
    const loaded = load(context, { constants, capacities, reuse });
    try {
      copyLearned(context, instance, found.catalog, replaced, (table) => loaded.map(table));
      const fd = loaded.map('meta');
      update({ fd, info: mapInfo(fd) }, new Uint8Array(4), metaLayout.encode(meta));
      // Only now, so that a load that fails costs nothing.
      emptySlot(context, instance, slot);
      pinLearned(context, instance, (table) => loaded.map(table));
      for (const name of slotObjects) {
        const object = name === 'ingress' || name === 'egress' ? loaded.program(name) : loaded.map(name);
        pinAt(context, object, slotPath(context, instance, slot, name));
      }
    } finally {
      loaded.close();
    }
  } finally {
    for (const fd of reuse.values()) closeSync(fd);
    context.surveys.delete(instance);
  }
}

export function discardSlot(context: Context, instance: string, slot: SlotName): void {
  refuseRunning(fresh(context, instance), slot, 'discardSlot');
  context.surveys.delete(instance);
  emptySlot(context, instance, slot);
}

export function removeInstance(context: Context, instance: string): void {
  const found = fresh(context, instance);
  const [hook] = found.hooks;
  if (hook) throw failure('removeInstance', errno.EBUSY, `${hook.interfaceName} ${hook.direction} runs ${instance}`);
  context.surveys.delete(instance);
  for (const slot of slotNames) emptySlot(context, instance, slot);
  emptyDirectory(learnedPath(context, instance), 'learned', learnedTables);
  removeIfEmpty(pinPath(context, instance));
  removeIfEmpty(pinPath(context, ''));
}

/** META first, so that what is left by a kill is broken rather than whole. */
function emptySlot(context: Context, instance: string, slot: SlotName): void {
  emptyDirectory(slotPath(context, instance, slot), 'slot', [...slotObjects].reverse());
}

/** A survey of now, for what changes things. Throws Refusal when something of others is in the way. */
function fresh(context: Context, instance: string): Survey {
  const found = survey(context, instance);
  if (found.problems[0]) throw new Refusal(found.problems[0]);
  return found;
}

function refuseRunning(found: Survey, slot: SlotName, call: string): void {
  const hook = found.hooks.find((one) => one.slot === slot);
  if (hook) throw failure(call, errno.EBUSY, `${hook.interfaceName} ${hook.direction} runs ${found.instance}/${slot}`);
}
