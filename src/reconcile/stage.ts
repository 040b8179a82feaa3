// Brings the standby slot to the desired rows: by its own minimal diff where the slot can be kept, from nothing where not.
// The live slot is not touched here.
import type { ConfiguredTable, Datapath, RowChanges, Slot } from '../datapath/port.ts';
import { layoutVersion, type Meta, metaMagic, metaStates } from '../tables/meta.ts';
import { tables } from '../tables/registry.ts';
import { emptyRows } from '../tables/rows.ts';
import { fits } from './capacity.ts';
import { digestRows } from './digest.ts';
import { featuresOf, type Plan, sameConstants } from './plan.ts';
import { diffRows, isEmptyDiff, rowChanges } from './rowdiff.ts';

export interface Staged {
  readonly meta: Meta;
  /** Whether programs and maps were loaded anew. */
  readonly loaded: boolean;
  readonly rowsWritten: number;
  readonly rowsDeleted: number;
}

/** Leaves the slot in state staging: `complete` is said when it was probed. Throws KernelError; the live slot is as it was. */
export function stage(datapath: Datapath, plan: Plan, timeNs: bigint): Staged {
  const meta = metaOf(plan, timeNs);
  const standby = plan.observation.slots[plan.slot];
  const reuse = standby !== undefined && reusable(plan, standby);
  if (reuse) {
    datapath.writeMeta(plan.instance, plan.slot, meta);
    // A packet that entered the old program before the last switch may still be reading these rows.
    datapath.waitForRunningPrograms();
  } else datapath.createSlot(plan.instance, plan.slot, plan.load, meta);

  let rowsWritten = 0;
  let rowsDeleted = 0;
  for (const { name, key, value } of tables) {
    const held = reuse ? datapath.readRows(plan.instance, plan.slot, name) : emptyRows(key.size, value.size);
    const diff = diffRows(plan.desired[name], held);
    if (isEmptyDiff(diff)) continue;
    writeInHalves(datapath, plan, name, rowChanges(diff));
    rowsWritten += diff.creates.length + diff.updates.length;
    rowsDeleted += diff.deletes.length;
  }
  return { meta, loaded: !reuse, rowsWritten, rowsDeleted };
}

/** Nobody reads a standby, so what goes makes room first: old and new rows together need not fit. */
function writeInHalves(datapath: Datapath, plan: Plan, table: ConfiguredTable, changes: RowChanges): void {
  const { upserts, deletions } = changes;
  const nothing = emptyRows(upserts.keySize, upserts.valueSize);
  if (deletions.length) datapath.writeRows(plan.instance, plan.slot, table, { upserts: nothing, deletions });
  if (upserts.count) datapath.writeRows(plan.instance, plan.slot, table, { upserts, deletions: new Uint8Array(0) });
}

function reusable(plan: Plan, slot: Slot): boolean {
  const { meta, capacities } = slot;
  const learned = plan.observation.learned?.ids;
  return (
    slot.ownLayout &&
    slot.pinned &&
    !plan.observation.broken.includes(slot.name) &&
    Buffer.compare(meta.buildDigest, plan.buildDigest) === 0 &&
    sameConstants(meta, plan.load) &&
    learned !== undefined &&
    Object.entries(slot.learnedIds).every(([name, id]) => learned[name as keyof typeof learned] === id) &&
    tables.every(({ name }) => fits(capacities[name], plan.desired[name].count))
  );
}

function metaOf(plan: Plan, timeNs: bigint): Meta {
  return {
    generation: plan.generation,
    timeNs,
    netnsInode: plan.observation.netnsInode,
    activation: 0n,
    magic: metaMagic,
    layoutVersion,
    state: metaStates.staging,
    role: plan.load.role,
    features: featuresOf(plan.load),
    topologyFeatures: plan.load.topologyFeatures,
    instanceId: plan.topology.id,
    instance: plan.instance,
    slot: plan.slot,
    rowsDigest: digestRows(plan.desired),
    buildDigest: plan.buildDigest,
    sourceDigest: plan.topology.sourceDigest,
  };
}
