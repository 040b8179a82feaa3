// The model of the programs (src/packet/model.ts) is held to the packet records: what a record says of a packet, the model says too,
// with what is learned from it.
import { describe, expect, test } from 'vitest';
import { accessTo } from '../../../src/datapath/memory/evaluate.ts';
import { type MemoryMap, putEntry } from '../../../src/datapath/memory/map.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { formatEndpoint, type Port } from '../../../src/net/endpoint.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { describeFrame } from '../../../src/packet/describe.ts';
import { actions, type ModelAnswer } from '../../../src/packet/model/answer.ts';
import type { ModelTables } from '../../../src/packet/model/tables.ts';
import { runModel } from '../../../src/packet/model.ts';
import type { AskedTable } from '../../../src/tables/asked/access.ts';
import { modelTables, type Surroundings } from '../../../src/tables/asked/configured.ts';
import { roleNumbers } from '../../../src/tables/config.ts';
import { flow, fragment, path, peer } from '../../../src/tables/learned.ts';
import { tables } from '../../../src/tables/registry.ts';
import { recordGroups } from '../../kernel/records/all.ts';
import { expectedFrame } from '../../kernel/records/expected.ts';
import { ifindexes } from '../../kernel/records/fib.ts';
import {
  type ExpectedFlow,
  type ExpectedFragment,
  type ExpectedPath,
  type ExpectedPeer,
  type Moment,
  type PacketRecord,
  type Passage,
  type Row,
  type RowSet,
  settled,
} from '../../kernel/records/record.ts';
import { recordsFib } from './records-fib.ts';

interface Descriptor {
  readonly name: string;
  readonly key: Layout<unknown>;
  readonly value: Layout<unknown>;
}

function mapOf({ name, key, value }: Descriptor, rows: RowSet): MemoryMap {
  const map: MemoryMap = {
    kind: 'map',
    id: 0,
    name,
    type: 'hash',
    keySize: key.size,
    valueSize: value.size,
    maxEntries: 64,
    entries: new Map(),
  };
  const wanted = (rows as Readonly<Record<string, readonly Row<unknown, unknown>[]>>)[name] ?? [];
  for (const row of wanted) putEntry(map, key.encode(row.key), value.encode(row.value));
  return map;
}

interface Scene {
  readonly tables: ModelTables;
  readonly learned: Readonly<Record<AskedTable, MemoryMap>>;
}

function sceneOf({ role, ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0, rows }: PacketRecord): Scene {
  const known = [...tables, peer, flow, fragment, path] as readonly Descriptor[];
  const maps = Object.fromEntries(known.map((table) => [table.name, mapOf(table, rows)])) as Record<
    AskedTable,
    MemoryMap
  >;
  const constants = { role: roleNumbers[role], ingressFeatures, egressFeatures, topologyFeatures };
  return { tables: modelTables(constants, accessTo(maps), around), learned: maps };
}

/** The clocks of this host, and the routes and neighbours of the records' devices. */
const around: Surroundings = {
  nowNs: () => process.hrtime.bigint(),
  taiNs: () => BigInt(Date.now()) * 1_000_000n,
  fib: recordsFib,
};

function play({ tables: asked }: Scene, { hook, packet }: Passage, record: PacketRecord): ModelAnswer {
  const { device = 'lo', local, entry } = record;
  const ifindex = ifindexes[device];
  const entered = local ? 0 : (entry ?? ifindex);
  const ingressIfindex = hook === 'egress' ? entered : ifindex;
  return runModel(asked, { direction: hook, ifindex, ingressIfindex, frame: packet });
}

const passing = ['pass-not-ours', 'encapsulated', 'decapsulated', 'returned-direct', 'path-mtu-lowered'];

/** The model knows no other CPU and no full table. */
const beyond = new Set(['a PEER row that is being written is not used', 'a full PEER table refuses']);

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const endpointText = (ip: Ip, port: number): string => formatEndpoint({ ip, port: port as Port });

function rowsIn<Key, Value>(
  map: MemoryMap,
  { key, value }: { readonly key: Layout<Key>; readonly value: Layout<Value> },
) {
  return [...map.entries.values()].map((row) => ({ key: key.decode(row.key), value: value.decode(row.value) }));
}

function peersIn({ learned }: Scene, sinceNs: bigint): ExpectedPeer[] {
  return rowsIn(learned.peer, peer).map(({ key, value }) => ({
    tunnel: key.tunnel,
    epoch: value.epoch,
    remote: endpointText(value.remoteIp, value.remotePort),
    moves: value.moves,
    sequence: value.sequence,
    movesInMinute: value.movesInMinute,
    heard: value.lastSeenNs >= sinceNs,
    newMinute: value.minuteNs >= sinceNs,
  }));
}

function flowsIn({ learned }: Scene): ExpectedFlow[] {
  return rowsIn(learned.flow, flow).map(({ key, value: { tunnel, group, service } }) => ({
    endpoint: endpointText(key.endpointIp, key.endpointPort),
    client: endpointText(key.clientIp, key.clientPort),
    tunnel,
    group,
    service,
    protocol: key.protocol,
  }));
}

function fragmentsIn({ learned }: Scene): ExpectedFragment[] {
  return rowsIn(learned.fragment, fragment).map(({ key: { sourceIp, destinationIp, id, protocol } }) => ({
    source: sourceIp,
    destination: destinationIp,
    id,
    protocol,
  }));
}

const pathLifeNs = 600_000_000_000n;

function pathsIn({ learned }: Scene, sinceNs: bigint): ExpectedPath[] {
  return rowsIn(learned.path, path).map(({ key, value }) => ({
    local: key.localIp,
    remote: key.remoteIp,
    mtu: value.mtu,
    renewed: value.untilNs >= sinceNs + pathLifeNs,
  }));
}

const sorted = <Learned extends object>(rows: readonly Learned[]): Learned[] =>
  [...rows].sort((a, b) => (textOf(a) < textOf(b) ? -1 : 1));
const textOf = (row: object): string => Object.values(row).join(' ');

describe.each(Object.entries(recordGroups))('the model of %s', (_group, records) => {
  const within = records.filter(({ name }) => !beyond.has(name));
  test.each(within.map((record) => [record.name, record] as const))('%s', (_name, row) => {
    const moment: Moment = { wallNs: BigInt(Date.now()) * 1_000_000n, monotonicNs: process.hrtime.bigint() };
    const record = settled(row, moment);
    const scene = sceneOf(record);
    for (const one of record.before ?? []) expect(play(scene, one, record).verdict).toBe(one.verdict);
    const since = process.hrtime.bigint();
    const { verdict, action, frame } = play(scene, record, record);
    expect(verdict).toBe(record.verdict);
    expect(action).toBe(record.action ?? (passing.includes(verdict) ? actions.next : actions.shot));
    const expected = expectedFrame(record, frame);
    expect(describeFrame(frame)).toBe(describeFrame(expected));
    expect(hex(frame)).toBe(hex(expected));
    if (record.peers) expect(sorted(peersIn(scene, since))).toEqual(sorted(record.peers));
    if (record.flows) expect(sorted(flowsIn(scene))).toEqual(sorted(record.flows));
    if (record.fragments) expect(sorted(fragmentsIn(scene))).toEqual(sorted(record.fragments));
    if (record.paths) expect(sorted(pathsIn(scene, since))).toEqual(sorted(record.paths));
  });
});
