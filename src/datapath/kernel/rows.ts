// Rows of configured tables, in batches. The live ones are never written: the port refuses what no caller should ask.
import { errno, failure } from '../../native/errno.ts';
import { type OpenMap, readAll, removeAll, update, updateAll } from '../../native/maps.ts';
import { layoutVersion, type Meta, metaLayout } from '../../tables/meta.ts';
import { tables } from '../../tables/registry.ts';
import { emptyRows, type Rows } from '../../tables/rows.ts';
import type { AnyTable } from '../../tables/table.ts';
import type { ConfiguredTable, RowChanges, RowRoom, SlotName } from '../port.ts';
import type { Context } from './context.ts';
import type { SlotMap } from './names.ts';
import { known } from './observe.ts';
import { readAs, readingOf } from './other-layout.ts';

export function readRows(
  context: Context,
  instance: string,
  slot: SlotName,
  table: ConfiguredTable,
  room?: RowRoom,
): Rows {
  const descriptor = descriptorOf(table);
  const { catalog, slots } = known(context, instance);
  const generation = slots[slot];
  const info = generation?.maps.get(table);
  if (generation && !info) return emptyRows(descriptor.key.size, descriptor.value.size); // its build had no such table
  const rows = withSlotMap(context, instance, slot, table, (map) => packedRows(map, 0n, room));
  if (generation?.meta.layoutVersion === layoutVersion && hasSizesOf(rows, descriptor)) return rows;
  const reading = info && readingOf(catalog, info, descriptor);
  if (!reading) throw failure('readRows', errno.EINVAL, `${instance}/${slot}/${table} is of another layout`);
  return readAs(reading, rows);
}

function hasSizesOf({ keySize, valueSize }: Rows, { key, value }: AnyTable): boolean {
  return keySize === key.size && valueSize === value.size;
}

function descriptorOf(table: ConfiguredTable): AnyTable {
  const descriptor = tables.find(({ name }) => name === table);
  if (!descriptor) throw new Error(`table ${table} has no descriptor`);
  return descriptor;
}

/** All rows of an open hash, with its sizes. */
export function packedRows(map: OpenMap, flags = 0n, room?: RowRoom): Rows {
  const { keySize, valueSize } = map.info;
  return { keySize, valueSize, ...readAll(map, flags, room) };
}

/** Upserts, then deletions. Throws KernelError EBUSY for a slot that a hook runs, E2BIG for a full map, ENOENT for a key that is not there. */
export function writeRows(
  context: Context,
  instance: string,
  slot: SlotName,
  table: ConfiguredTable,
  { upserts, deletions }: RowChanges,
): void {
  const hook = known(context, instance).hooks.find((one) => one.slot === slot);
  if (hook) throw failure('writeRows', errno.EBUSY, `${hook.interfaceName} ${hook.direction} runs ${instance}/${slot}`);
  withSlotMap(context, instance, slot, table, (map) => {
    updateAll(map, upserts);
    removeAll(map, deletions);
  });
}

export function writeMeta(context: Context, instance: string, slot: SlotName, meta: Meta): void {
  withSlotMap(context, instance, slot, 'meta', (map) => update(map, new Uint8Array(4), metaLayout.encode(meta)));
  // META says which slot and instance it is: what was observed before is no longer so.
  context.surveys.delete(instance);
}

function withSlotMap<T>(
  context: Context,
  instance: string,
  slot: SlotName,
  name: SlotMap,
  use: (map: OpenMap) => T,
): T {
  const { catalog, slots } = known(context, instance);
  const id = slots[slot]?.maps.get(name)?.id;
  if (id === undefined) throw failure('bpf_obj_get', errno.ENOENT, `${instance}/${slot}/${name}`);
  return catalog.withMap(id, use);
}
