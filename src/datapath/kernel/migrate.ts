// Learned maps of another build's layout get successors of ours. What PEER and FLOW hold is copied into them before hooks run the new
// programs and, since packets teach the old maps until then, looked at once more after. FRAGMENT and PATH remember for minutes at
// most and begin anew, and so does whoever listens to EVENT.
import { closeSync } from 'node:fs';
import type { MapInfo } from '../../native/descriptors.ts';
import { mapInfo } from '../../native/descriptors.ts';
import { errno } from '../../native/errno.ts';
import { lockedCopy, lookup, type OpenMap, update, updateAll } from '../../native/maps.ts';
import { type Port, sameEndpoint } from '../../net/endpoint.ts';
import { KernelError } from '../../problem.ts';
import { flow, fragment, type PeerValue, path, peer } from '../../tables/learned.ts';
import { learnedMaps } from '../../tables/learned-maps.ts';
import { keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import type { LearnedTable } from '../port.ts';
import type { Catalog } from './catalog.ts';
import type { Context } from './context.ts';
import { type Reading, type RowShapes, readAs, readingOf } from './other-layout.ts';
import { packedRows } from './rows.ts';

const typed: Readonly<Partial<Record<LearnedTable, RowShapes>>> = { peer, flow, fragment, path };
const carried = ['peer', 'flow'] as const;
type Carried = (typeof carried)[number];

/** One map on its way; its descriptor is ours until the merge. */
export interface Migration {
  readonly table: Carried;
  readonly old: OpenMap;
  readonly reading: Reading;
  /** As they were in the old map. */
  readonly copied: Rows;
}

/** Whether a load of this build can use a learned map as it is. Who may not see its types (CAP_SYS_ADMIN) goes by its sizes. */
export function isOfOwnLayout(catalog: Catalog, table: LearnedTable, info: MapInfo): boolean {
  const { key, value } = learnedMaps[table];
  if (info.keySize !== key || info.valueSize !== value) return false;
  const shapes = typed[table];
  if (!shapes || !catalog.btf(info.btfId)) return true;
  return readingOf(catalog, info, shapes) === 'as they are';
}

/** @param successor descriptor of a learned map of the new load */
export function copyLearned(
  context: Context,
  instance: string,
  catalog: Catalog,
  replaced: ReadonlyMap<LearnedTable, MapInfo>,
  successor: (table: LearnedTable) => number,
): void {
  dropMigrations(context, instance);
  const migrations: Migration[] = [];
  context.migrations.set(instance, migrations);
  for (const table of carried) {
    const info = replaced.get(table);
    const reading = info && readingOf(catalog, info, table === 'peer' ? peer : flow);
    if (!info || !reading) continue;
    const old = { fd: catalog.openMap(info.id), info };
    const copied = rowsOf(table, old);
    migrations.push({ table, old, reading, copied });
    updateAll(opened(successor(table)), readAs(reading, copied));
  }
}

/** @param successor opens the map that has taken the place; the caller closes it */
export function mergeLearned(
  context: Context,
  instance: string,
  successor: (table: LearnedTable, use: (map: OpenMap) => void) => void,
): void {
  for (const migration of context.migrations.get(instance) ?? []) {
    const newer = readAs(migration.reading, changedSince(migration));
    successor(migration.table, (map) => {
      for (let i = 0; i < newer.count; i++) mergeRow(migration.table, map, keyAt(newer, i), valueAt(newer, i));
    });
  }
  dropMigrations(context, instance);
}

export function dropMigrations(context: Context, instance: string): void {
  for (const { old } of context.migrations.get(instance) ?? []) closeSync(old.fd);
  context.migrations.delete(instance);
}

function rowsOf(table: Carried, map: OpenMap): Rows {
  return packedRows(map, table === 'peer' ? lockedCopy : 0n);
}

function opened(fd: number): OpenMap {
  return { fd, info: mapInfo(fd) };
}

function changedSince({ table, old, copied }: Migration): Rows {
  const known = new Map<string, Uint8Array>();
  for (let i = 0; i < copied.count; i++) known.set(nameOf(keyAt(copied, i)), valueAt(copied, i));
  const now = rowsOf(table, old);
  const changed = Array.from({ length: now.count }, (_, at) => at).filter((at) => {
    const was = known.get(nameOf(keyAt(now, at)));
    return !was || Buffer.compare(was, valueAt(now, at)) !== 0;
  });
  return {
    ...now,
    count: changed.length,
    keys: Buffer.concat(changed.map((at) => keyAt(now, at))),
    values: Buffer.concat(changed.map((at) => valueAt(now, at))),
  };
}

function nameOf(key: Uint8Array): string {
  return Buffer.from(key).toString('latin1');
}

const onlyNew = 1n; // BPF_NOEXIST

/**
 * The programs write their map meanwhile, and theirs is the last word: a row is added where they have none. One of PEER that they or
 * the copy have is replaced only where the old map heard a later remote, which the next ping would set right as well.
 */
function mergeRow(table: Carried, map: OpenMap, key: Uint8Array, value: Uint8Array): void {
  if (addRow(map, key, value) || table !== 'peer') return;
  const found = lookup(map, key, map.info.valueSize, lockedCopy);
  const [theirs, ours] = [found && peer.value.decode(found), peer.value.decode(value)];
  if (!theirs || theirs.lastSeenNs >= ours.lastSeenNs || hasSameRemote(theirs, ours)) return;
  // Another version than any reader may hold of this row.
  update(map, key, peer.value.encode({ ...ours, version: theirs.version + 2 }));
}

function addRow(map: OpenMap, key: Uint8Array, value: Uint8Array): boolean {
  try {
    update(map, key, value, onlyNew);
    return true;
  } catch (error) {
    if (error instanceof KernelError && error.errno === errno.EEXIST) return false;
    throw error;
  }
}

function hasSameRemote(a: PeerValue, b: PeerValue): boolean {
  return (
    a.epoch === b.epoch &&
    sameEndpoint({ ip: a.remoteIp, port: a.remotePort as Port }, { ip: b.remoteIp, port: b.remotePort as Port })
  );
}
