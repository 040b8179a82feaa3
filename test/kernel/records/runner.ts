// Runs packets through a load of its own: rows put in, packets run by BPF_PROG_TEST_RUN, counters and learned rows read back.
// Used by the packet tests and by the bench. Knows the tables through their descriptors.

import type { LearntTable } from '../../../src/datapath/port.ts';
import { parseBtf } from '../../../src/layout/btf.ts';
import type { Layout } from '../../../src/layout/layout.ts';
import { type MapInfo, mapInfo } from '../../../src/native/descriptors.ts';
import { lookup, lookupSize, possibleCpus, readAll, removeAll, update, updateAll } from '../../../src/native/maps.ts';
import { BpfObject } from '../../../src/native/object.ts';
import { openRingBuffer } from '../../../src/native/ringbuf.ts';
import { packetRunner, type TestRunResult } from '../../../src/native/testrun.ts';
import { formatEndpoint, type Port } from '../../../src/net/endpoint.ts';
import { roleNumbers } from '../../../src/tables/config.ts';
import {
  type Capture,
  captureLayout,
  type Event,
  eventBytes,
  eventHeaderBytes,
  eventLayout,
} from '../../../src/tables/events.ts';
import { counterLayout, flow, fragment, path, pathUntilBytes, peer } from '../../../src/tables/learned.ts';
import { tables } from '../../../src/tables/registry.ts';
import { verdictCounter, verdicts } from '../../../src/tables/verdicts.ts';
import { collectRows } from '../../../src/tables/writer.ts';
import { type Direction, directions, type Role } from '../../../src/topology/topology.ts';
import type { ExpectedFlow, ExpectedFragment, ExpectedPath, ExpectedPeer, Moment, Row, RowSet } from './record.ts';

const counterBlocks = 4;
/** Of the LRU maps; far more than a record has, since a small one evicts early. */
const lruRows = 1024;
const blockBytes = counterLayout.perBlock * 16;
const hashes = [...tables, peer, flow, fragment, path];

export interface Load {
  readonly object: BpfObject;
  readonly programs: Readonly<Record<Direction, number>>;
  readonly runners: Readonly<Record<Direction, ReturnType<typeof packetRunner>>>;
  readonly events: ReturnType<typeof openRingBuffer>;
  close(): void;
}

export interface LoadOptions {
  readonly role: Role;
  readonly ingressFeatures?: number;
  readonly egressFeatures: number;
  readonly topologyFeatures?: number;
  readonly peerCapacity: number;
}

/** `image`: an object file's bytes. */
export function loadPrograms(image: Uint8Array, options: LoadOptions): Load {
  const object = new BpfObject(image, 'packet records');
  const constants = parseBtf(object.btf()).section('.rodata');
  object.patch('.rodata', (value) => {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const put = (name: string, number: number): void => {
      const at = constants?.get(name)?.offset;
      if (at === undefined) throw new Error(`no constant ${name}`);
      view.setUint32(at, number, true);
    };
    put('role', roleNumbers[options.role]);
    put('ingress_features', options.ingressFeatures ?? 0);
    put('egress_features', options.egressFeatures);
    put('topology_features', options.topologyFeatures ?? 0);
  });
  object.setMaxEntries('peer', options.peerCapacity);
  // A map of the size that hosts have is read in memory for all of its rows, twice a record.
  for (const { name } of [flow, fragment, path]) object.setMaxEntries(name, lruRows);
  object.setMaxEntries('counter', counterBlocks);
  object.load('packet records');
  const programs = { ingress: object.programFd('ti_ingress'), egress: object.programFd('ti_egress') };
  const eventFd = object.mapFd('event');
  const events = openRingBuffer({ fd: eventFd, info: mapInfo(eventFd) });
  return {
    object,
    programs,
    runners: { ingress: packetRunner(programs.ingress), egress: packetRunner(programs.egress) },
    events,
    close() {
      events.close();
      object.close();
    },
  };
}

function mapOf(load: Load, name: string): { readonly fd: number; readonly info: MapInfo } {
  const fd = load.object.mapFd(name);
  return { fd, info: mapInfo(fd) };
}

/** Exactly these rows, nothing counted, nobody who listens and nothing told. */
export function putRows(load: Load, rows: RowSet): void {
  for (const table of hashes) {
    const map = mapOf(load, table.name);
    const held = readAll(map);
    removeAll(map, held.keys.subarray(0, held.count * map.info.keySize));
    const wanted = (rows as Readonly<Record<string, readonly Row<unknown, unknown>[]>>)[table.name] ?? [];
    const { key, value } = table as { readonly key: Layout<unknown>; readonly value: Layout<unknown> };
    updateAll(
      map,
      collectRows(key, value, wanted.length, (emit) => {
        for (const row of wanted) emit(row.key, row.value, -1);
      }),
    );
  }
  // Whether PATH is asked at all: when its last row ends.
  const ends = (rows.path ?? []).map(({ value }) => value.untilNs);
  putEnd(
    load,
    ends.reduce((a, b) => (a > b ? a : b), 0n),
  );
  listen(load, nobody);
  readEvents(load);
  const counter = mapOf(load, 'counter');
  const size = lookupSize(counter.info, possibleCpus());
  for (let block = 0; block < counterBlocks; block++) update(counter, numbered(block), new Uint8Array(size), 0n, size);
}

function putEnd(load: Load, untilNs: bigint): void {
  const last = new Uint8Array(pathUntilBytes);
  new DataView(last.buffer).setBigUint64(0, untilNs, true);
  update(mapOf(load, 'path_until'), numbered(0), last);
}

/** A learned row as it is now. */
export function findLearned(load: Load, table: LearntTable, key: Uint8Array): Uint8Array | undefined {
  return lookup(mapOf(load, table), key);
}

/** One more learned row, as a packet would have left it. */
export function teach(load: Load, table: LearntTable, key: Uint8Array, value: Uint8Array): void {
  update(mapOf(load, table), key, value);
  if (table === 'path') putEnd(load, path.value.decode(value).untilNs);
}

export type Counted = Map<number, { readonly packets: number; readonly bytes: number }>;

/** What was counted since `putRows`: index → packets and bytes, zeros left out. */
export function readCounted(load: Load): Counted {
  const counter = mapOf(load, 'counter');
  const cpus = possibleCpus();
  const counted: Counted = new Map();
  for (let block = 0; block < counterBlocks; block++) {
    const value = lookup(counter, numbered(block), lookupSize(counter.info, cpus)) ?? new Uint8Array(0);
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    for (let at = 0; at < value.length; at += 16) {
      const packets = Number(view.getBigUint64(at, true));
      if (!packets) continue;
      const index = block * counterLayout.perBlock + (at % blockBytes) / 16;
      const known = counted.get(index);
      const bytes = Number(view.getBigUint64(at + 8, true));
      counted.set(index, { packets: packets + (known?.packets ?? 0), bytes: bytes + (known?.bytes ?? 0) });
    }
  }
  return counted;
}

/** Counter index → name of the verdict of that hook; undefined: a row's counter. */
export function verdictAt(index: number): string | undefined {
  for (const hook of directions)
    for (const verdict of verdicts) if (verdictCounter(hook, verdict) === index) return verdict.name;
  return undefined;
}

/** PEER by tunnel, as it is after packets that ran since then; `versions` are even unless a writer died. */
export function readPeers(load: Load, sinceNs = 0n): { readonly rows: ExpectedPeer[]; readonly versions: number[] } {
  const held = decodeAll(load, peer).sort((a, b) => a.key.tunnel - b.key.tunnel);
  return {
    rows: held.map(({ key, value }) => ({
      tunnel: key.tunnel,
      epoch: value.epoch,
      remote: formatEndpoint({ ip: value.remoteIp, port: value.remotePort as Port }),
      moves: value.moves,
      sequence: value.sequence,
      movesInMinute: value.movesInMinute,
      heard: value.lastSeenNs >= sinceNs,
      newMinute: value.minuteNs >= sinceNs,
    })),
    versions: held.map(({ value }) => value.version),
  };
}

export function readFlows(load: Load): ExpectedFlow[] {
  return decodeAll(load, flow).map(({ key, value }) => ({
    endpoint: formatEndpoint({ ip: key.endpointIp, port: key.endpointPort as Port }),
    client: formatEndpoint({ ip: key.clientIp, port: key.clientPort as Port }),
    tunnel: value.tunnel,
    group: value.group,
    service: value.service,
    protocol: key.protocol,
  }));
}

export function readFragments(load: Load): ExpectedFragment[] {
  return decodeAll(load, fragment).map(({ key }) => ({
    source: key.sourceIp,
    destination: key.destinationIp,
    id: key.id,
    protocol: key.protocol,
  }));
}

/** How long what the underlay has said holds. */
const pathLifeNs = 600_000_000_000n;

/** PATH as it is after packets that ran since then. */
export function readPaths(load: Load, sinceNs: bigint): ExpectedPath[] {
  const latestNs = process.hrtime.bigint() + pathLifeNs;
  return decodeAll(load, path).map(({ key, value }) => ({
    local: key.localIp,
    remote: key.remoteIp,
    mtu: value.mtu,
    renewed: value.untilNs >= sinceNs + pathLifeNs && value.untilNs <= latestNs,
  }));
}

const nobody: Capture = { untilNs: 0n, verdicts: 0n, perSecond: 0 };

/** Says who listens to EVENT, for how long and to what. */
export function listen(load: Load, capture: Capture): void {
  update(mapOf(load, 'capture'), numbered(0), captureLayout.encode(capture));
}

export function readCapture(load: Load): Capture {
  return captureLayout.decode(lookup(mapOf(load, 'capture'), numbered(0)) ?? new Uint8Array(captureLayout.size));
}

/** What was told since the last time; `bytes` are those that were captured. */
export function readEvents(load: Load): Event[] {
  const events: Event[] = [];
  load.events.read((record) => {
    const whole = new Uint8Array(eventHeaderBytes + eventBytes);
    whole.set(record);
    const event = eventLayout.decode(whole);
    events.push({ ...event, bytes: event.bytes.slice(0, event.captured) });
  }, Number.POSITIVE_INFINITY);
  return events;
}

function decodeAll<Key, Value>(
  load: Load,
  table: { readonly name: string; readonly key: Layout<Key>; readonly value: Layout<Value> },
): Row<Key, Value>[] {
  const held = readAll(mapOf(load, table.name));
  return Array.from({ length: held.count }, (_, i) => ({
    key: table.key.decode(held.keys, i * table.key.size),
    value: table.value.decode(held.values, i * table.value.size),
  }));
}

/** `entry`: the interface through which the packet entered the host; 0: it is the host's own. */
export function runPacket(load: Load, hook: Direction, frame: Uint8Array, ifindex = 1, entry = ifindex): TestRunResult {
  return load.runners[hook]({ frame, ifindex, ingressIfindex: hook === 'egress' ? entry : ifindex });
}

/** Now. */
export function moment(): Moment {
  return { wallNs: BigInt(Date.now()) * 1_000_000n, monotonicNs: process.hrtime.bigint() };
}

function numbered(index: number): Uint8Array {
  const key = new Uint8Array(4);
  new DataView(key.buffer).setUint32(0, index, true);
  return key;
}
