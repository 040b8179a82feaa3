// Runs every packet record through the real programs: verdict, action, bytes, counters and learned rows.
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { unshareNetns } from '../../src/native/namespace.ts';
import type { TestRunResult } from '../../src/native/testrun.ts';
import { formatEndpoint, type Port } from '../../src/net/endpoint.ts';
import { describeFrame } from '../../src/packet/describe.ts';
import { objectPath } from '../../src/paths.ts';
import { type Event, eventKinds } from '../../src/tables/events.ts';
import { isDrop, verdictCounter, verdicts } from '../../src/tables/verdicts.ts';
import { whyNoKernel } from '../support/netns.ts';
import { packetRecords, recordGroups } from './records/all.ts';
import { layDevices, placeOf } from './records/devices.ts';
import { expectedFrame, wrongChecksums } from './records/expected.ts';
import { peerCapacity } from './records/pings.ts';
import { type PacketRecord, type Passage, settled } from './records/record.ts';
import {
  type Counted,
  type Load,
  loadPrograms,
  moment,
  putRows,
  readCounted,
  readEvents,
  readFlows,
  readFragments,
  readPaths,
  readPeers,
  runPacket,
  verdictAt,
} from './records/runner.ts';

const brokenObject = join(dirname(objectPath()), 'broken.bpf.o');
const loads = new Map<string, Load>();
const actions = { next: -1, shot: 2 };
const passing = ['pass-not-ours', 'encapsulated', 'decapsulated', 'returned-direct', 'path-mtu-lowered'];

function loadFor(record: PacketRecord, path = objectPath()): Load {
  const { role, ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0 } = record;
  const name = `${path} ${role} ${ingressFeatures} ${egressFeatures} ${topologyFeatures}`;
  const known = loads.get(name);
  if (known) return known;
  const options = { role, ingressFeatures, egressFeatures, topologyFeatures, peerCapacity };
  const load = loadPrograms(readFileSync(path), options);
  loads.set(name, load);
  return load;
}

const impossible = whyNoKernel();

beforeAll(() => {
  if (impossible) return;
  unshareNetns();
  layDevices();
});

afterAll(() => {
  for (const load of loads.values()) load.close();
});

interface Outcome {
  readonly result: TestRunResult;
  /** What this one packet was counted under. */
  readonly counted: Counted;
}

function pass(load: Load, { hook, packet }: Passage, record: PacketRecord): Outcome {
  const { ifindex, entry } = placeOf(record);
  const before = readCounted(load);
  const result = runPacket(load, hook, packet, ifindex, entry);
  const counted: Counted = new Map();
  for (const [index, { packets, bytes }] of readCounted(load)) {
    const old = before.get(index) ?? { packets: 0, bytes: 0 };
    if (packets !== old.packets) counted.set(index, { packets: packets - old.packets, bytes: bytes - old.bytes });
  }
  return { result, counted };
}

/** One packet has one verdict. */
function verdictsOf(counted: Counted): string[] {
  return [...counted.keys()].map(verdictAt).filter((name) => name !== undefined);
}

function expectedCounters(record: PacketRecord): Counted {
  const verdict = verdicts.find(({ name }) => name === record.verdict);
  if (!verdict) throw new Error(record.verdict);
  const one = { packets: 1, bytes: record.packet.length };
  const ofRow = (record.hook === 'egress' ? 2 : 0) + (isDrop(verdict) ? 1 : 0);
  const rows = record.counted.map((counter) => [counter + ofRow, one] as const);
  return new Map([[verdictCounter(record.hook, verdict), one], ...rows]);
}

function expectedAction({ verdict, action }: PacketRecord): number {
  return action ?? (passing.includes(verdict) ? actions.next : actions.shot);
}

function remoteOf({ remoteIp, remotePort }: Pick<Event, 'remoteIp' | 'remotePort'>): string {
  return formatEndpoint({ ip: remoteIp, port: remotePort as Port });
}

/** Remotes that were learned or have moved are told, whether anybody listens or not; nothing else is. */
function expectedEvents({ verdict, peers = [] }: PacketRecord): object[] {
  const [peer] = peers.filter(({ heard }) => heard);
  const isNew = verdict === 'ping-accepted' && peer?.moves === 0;
  if (!peer || !(isNew || verdict === 'ping-moved')) return [];
  return [{ kind: isNew ? eventKinds.learned : eventKinds.moved, tunnel: peer.tunnel, remote: peer.remote }];
}

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');

describe.skipIf(impossible).each(Object.entries(recordGroups))('%s', (_group, records) => {
  test.each(records.map((record) => [record.name, record] as const))('%s', (_name, row) => {
    const load = loadFor(row);
    const record = settled(row, moment());
    putRows(load, record.rows);
    for (const one of record.before ?? []) expect(verdictsOf(pass(load, one, record).counted)).toEqual([one.verdict]);
    readEvents(load);
    const { monotonicNs } = moment();
    const { result, counted } = pass(load, record, record);
    expect(verdictsOf(counted)).toEqual([record.verdict]);
    expect(result.action).toBe(expectedAction(record));
    const expected = expectedFrame(record, result.frame);
    expect(describeFrame(result.frame)).toBe(describeFrame(expected));
    expect(hex(result.frame)).toBe(hex(expected));
    expect(counted).toEqual(expectedCounters(record));
    if (record.flows) expect(readFlows(load)).toEqual(record.flows);
    if (record.fragments) expect(readFragments(load)).toEqual(record.fragments);
    if (record.paths) expect(readPaths(load, monotonicNs)).toEqual(record.paths);
    const events = readEvents(load);
    expect(events.map(({ kind, tunnel, ...event }) => ({ kind, tunnel, remote: remoteOf(event) }))).toEqual(
      expectedEvents(record),
    );
    expect(events.every(({ timeNs }) => timeNs >= monotonicNs)).toBe(true);
    const { rows, versions } = readPeers(load, monotonicNs);
    if (record.peers) expect(rows).toEqual(record.peers);
    if (record.hook === 'ingress') expect(versions.filter((version) => version & 1)).toEqual([]);
  });
});

/** What no test run can bring about: packets-live.test.ts does. */
const live = ['room-failed'];

describe('the records', () => {
  test('have names of their own in each group', () => {
    for (const records of Object.values(recordGroups))
      expect(new Set(records.map(({ name }) => name)).size).toBe(records.length);
  });

  test('come to every verdict', () => {
    const reached = new Set<string>(packetRecords.map(({ verdict }) => verdict));
    expect(verdicts.map(({ name }) => name).filter((name) => !reached.has(name))).toEqual(live);
  });

  test('ask for right checksums at every depth, wherever what came in has them', () => {
    const records = packetRecords.map((row) => settled(row, moment())).filter(({ out }) => out);
    const sound = records.filter(({ packet }) => wrongChecksums(packet).length === 0);
    expect(sound.length).toBeGreaterThan(0.9 * records.length);
    const wrong = sound.map(({ name, out }) => ({ name, wrong: wrongChecksums(out ?? new Uint8Array(0)) }));
    expect(wrong.filter((one) => one.wrong.length > 0)).toEqual([]);
  });
});

describe.skipIf(impossible)('the deliberately broken object', () => {
  const fails = (row: PacketRecord): boolean => {
    const load = loadFor(row, brokenObject);
    const record = settled(row, moment());
    putRows(load, record.rows);
    for (const one of record.before ?? []) pass(load, one, record);
    const { result, counted } = pass(load, record, record);
    return verdictsOf(counted)[0] !== record.verdict || hex(result.frame) !== hex(expectedFrame(record, result.frame));
  };
  const unnoticed = (records: readonly PacketRecord[]): string[] =>
    records.filter((record) => !fails(record)).map(({ name }) => name);

  test('accepts any key, and these records tell', () => {
    const records = packetRecords.filter(({ verdict }) => verdict === 'bad-key');
    expect(records.length).toBeGreaterThan(5);
    expect(unnoticed(records)).toEqual([]);
  });

  test('leaves packets in the clear, and these records tell', () => {
    const records = packetRecords.filter(({ verdict }) => verdict === 'encapsulated');
    expect(records.length).toBeGreaterThan(20);
    expect(unnoticed(records)).toEqual([]);
  });
});
