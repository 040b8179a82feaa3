// What `trace` tells of every packet record is what the programs do: verdict, action and bytes are the kernel's, programs and model
// agree, and the rows that are told decide it: with these rows alone, and none beside them, the same comes of the packet.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { Probe } from '../../src/datapath/port.ts';
import { unshareNetns } from '../../src/native/namespace.ts';
import { objectPath } from '../../src/paths.ts';
import type { TableRows } from '../../src/reconcile/digest.ts';
import { type Followed, followPacket } from '../../src/reconcile/trace/follow.ts';
import type { Lookup } from '../../src/tables/asked/access.ts';
import { roleNumbers } from '../../src/tables/config.ts';
import { configuredTable, isLearnt, learntTable, tables } from '../../src/tables/registry.ts';
import { collectRows } from '../../src/tables/writer.ts';
import { whyNoKernel } from '../support/netns.ts';
import { packetRecords, recordGroups } from './records/all.ts';
import { layDevices, placeOf } from './records/devices.ts';
import { expectedFrame } from './records/expected.ts';
import { peerCapacity } from './records/pings.ts';
import { type PacketRecord, type Row, type RowSet, settled } from './records/record.ts';
import {
  findLearned,
  type Load,
  loadPrograms,
  moment,
  putRows,
  readCounted,
  runPacket,
  teach,
  verdictAt,
} from './records/runner.ts';

const loads = new Map<string, Load>();

/** `scratch`: beside the one that stands for what is live. */
function loadFor({ role, ...record }: PacketRecord, use: 'live' | 'scratch'): Load {
  const { ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0 } = record;
  const name = `${use} ${role} ${ingressFeatures} ${egressFeatures} ${topologyFeatures}`;
  const known = loads.get(name);
  if (known) return known;
  const options = { role, ingressFeatures, egressFeatures, topologyFeatures, peerCapacity };
  const load = loadPrograms(readFileSync(objectPath()), options);
  loads.set(name, load);
  return load;
}

function packed(rows: RowSet): TableRows {
  const of = rows as Readonly<Record<string, readonly Row<unknown, unknown>[]>>;
  return Object.fromEntries(
    tables.map(({ name, key, value }) => [
      name,
      collectRows<unknown, unknown>(key, value, 4, (emit) => {
        for (const row of of[name] ?? []) emit(row.key, row.value, -1);
      }),
    ]),
  ) as unknown as TableRows;
}

/** Rows that were found, and no others. */
function foundRows(lookups: readonly Lookup[]): RowSet {
  const found: Record<string, Row<unknown, unknown>[]> = {};
  for (const { table, key, value } of lookups) {
    if (!value) continue;
    const descriptor = isLearnt(table) ? learntTable(table) : configuredTable(table);
    found[table] = [
      ...(found[table] ?? []),
      { key: descriptor.key.decode(key), value: descriptor.value.decode(value) },
    ];
  }
  return found as RowSet;
}

function probeOver(load: Load): Probe {
  return {
    run: ({ direction, frame, ifindex, ingressIfindex }) => {
      const before = readCounted(load);
      const result = runPacket(load, direction, frame, ifindex, ingressIfindex);
      const moved = [...readCounted(load)].filter(([index, { packets }]) => packets !== before.get(index)?.packets);
      const names = moved.map(([index]) => verdictAt(index)).filter((name) => name !== undefined);
      return { ...result, verdict: names.join() };
    },
    forget: () => {},
    teach: (table, key, value) => teach(load, table, key, value),
    close: () => {},
  };
}

interface Told {
  readonly record: PacketRecord;
  readonly followed: Followed;
  readonly packet: Parameters<Probe['run']>[0];
}

/** As the command does it: the live load has the rows and what earlier packets taught, the scratch load the rows alone. */
function follow(row: PacketRecord): Told {
  const record = settled(row, moment());
  const { ifindex, entry } = placeOf(record);
  const [live, scratch] = [loadFor(row, 'live'), loadFor(row, 'scratch')];
  putRows(live, record.rows);
  for (const { hook, packet } of record.before ?? []) runPacket(live, hook, packet, ifindex, entry);
  putRows(scratch, { ...record.rows, peer: [], flow: [], path: [] });
  const { role, ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0 } = record;
  const ingressIfindex = record.hook === 'egress' ? entry : ifindex;
  const packet = { direction: record.hook, frame: record.packet, ifindex, ingressIfindex };
  const { wallNs, monotonicNs } = moment();
  const followed = followPacket({
    constants: { role: roleNumbers[role], ingressFeatures, egressFeatures, topologyFeatures },
    rows: packed(record.rows),
    learned: (table, key) => findLearned(live, table, key),
    probe: probeOver(scratch),
    packet,
    nowNs: monotonicNs,
    taiNs: wallNs,
  });
  return { record, followed, packet };
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const shot = 2;
/** The model knows no other CPU and no full table. */
const beyond = new Set(['a PEER row that is being written is not used', 'a full PEER table refuses']);
const impossible = whyNoKernel();

beforeAll(() => {
  if (impossible) return;
  unshareNetns();
  layDevices();
});
afterAll(() => {
  for (const load of loads.values()) load.close();
});

describe.skipIf(impossible).each(Object.entries(recordGroups))('%s', (_group, records) => {
  const known = records.filter(({ name }) => !beyond.has(name)).map((record) => [record.name, record] as const);

  test.each(known)('%s', (_name, row) => {
    const { record, followed, packet } = follow(row);
    const { result, lookups, disagreement } = followed;
    expect(result.verdict).toBe(record.verdict);
    expect(hex(result.frame)).toBe(hex(expectedFrame(record, result.frame)));
    expect(disagreement).toBeUndefined();

    const alone = loadFor(row, 'scratch');
    putRows(alone, foundRows(lookups));
    const again = probeOver(alone).run(packet);
    expect([again.verdict, again.action]).toEqual([result.verdict, result.action]);
    if (again.action !== shot) expect(hex(again.frame)).toBe(hex(expectedFrame(record, again.frame)));
  });
});

describe.skipIf(impossible)('what is told', () => {
  test('is too little when a row is left out: the same packet then meets another end', () => {
    let [decided, tried] = [0, 0];
    for (const row of packetRecords
      .filter(({ verdict, name }) => verdict === 'encapsulated' && !beyond.has(name))
      .slice(0, 40)) {
      const { followed, packet } = follow(row);
      const found = followed.lookups.filter(({ value, table }) => value && (table === 'encap' || table === 'tunnel'));
      for (const left of found) {
        const alone = loadFor(row, 'scratch');
        putRows(alone, foundRows(followed.lookups.filter((one) => one !== left)));
        tried++;
        if (probeOver(alone).run(packet).verdict !== 'encapsulated') decided++;
      }
    }
    expect(tried).toBeGreaterThan(40);
    expect(decided).toBeGreaterThan(tried / 2);
  });
});
