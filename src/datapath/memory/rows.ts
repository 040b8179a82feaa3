// Configured rows read and written, row by row, so that a refusal or a kill on the way leaves what a batch leaves.
import type { Rows } from '../../tables/rows.ts';
import type { ConfiguredTable, RowChanges, SlotName } from '../port.ts';
import { type Recorder, refuse } from './faults.ts';
import { refuseRunning, theSlot } from './find.ts';
import { deleteEntry, entriesOf, putEntry, rowsOf } from './map.ts';
import type { MemoryWorld } from './world.ts';

export function readRows(world: MemoryWorld, instance: string, slot: SlotName, table: ConfiguredTable): Rows {
  return rowsOf(theSlot(world, instance, slot).load.maps[table]);
}

/** EBUSY for a slot that a hook runs, E2BIG at the first row that finds the map full, ENOENT at the first key that is not there; what came before stays. */
export function writeRows(
  world: MemoryWorld,
  steps: Recorder,
  instance: string,
  slot: SlotName,
  table: ConfiguredTable,
  { upserts, deletions }: RowChanges,
): void {
  refuseRunning(world, 'writeRows', instance, slot);
  const map = theSlot(world, instance, slot).load.maps[table];
  if (deletions.length % map.keySize) throw refuse('bpf_map_delete_batch', 'EINVAL', table);
  for (const { key, value } of entriesOf(upserts))
    steps.write('writeRows', `upsert in ${table}`, () => putEntry(map, key, value));
  for (let at = 0; at < deletions.length; at += map.keySize) {
    const key = deletions.subarray(at, at + map.keySize);
    steps.write('writeRows', `delete in ${table}`, () => deleteEntry(map, key));
  }
}
