// The real programs on one set of maps: loaded once for each set of constants, run by BPF_PROG_TEST_RUN, verdicts read from their
// counters.
import { readFileSync } from 'node:fs';
import type { ProbePacket, ProbeResult } from '../../src/datapath/port.ts';
import { parseBtf } from '../../src/layout/btf.ts';
import { type MapInfo, mapInfo } from '../../src/native/descriptors.ts';
import {
  lookup,
  lookupInto,
  lookupSize,
  possibleCpus,
  readAll,
  removeAll,
  update,
  updateAll,
} from '../../src/native/maps.ts';
import { BpfObject } from '../../src/native/object.ts';
import { packetRunner } from '../../src/native/testrun.ts';
import { roleNumbers } from '../../src/tables/config.ts';
import { counterLayout } from '../../src/tables/learned.ts';
import { verdictCounter, verdicts } from '../../src/tables/verdicts.ts';
import { type Direction, directions, type Role } from '../../src/topology/topology.ts';
import { type FuzzedTable, fuzzedNames, learnedNames, type PackedRow, type PackedRows } from './rows.ts';

export interface Constants {
  readonly role: Role;
  readonly topologyFeatures: number;
  readonly ingressFeatures: number;
  readonly egressFeatures: number;
}

export interface Programs {
  /** The rows of all tables, and until when PATH has rows that hold. */
  put(rows: PackedRows, pathUntilNs: bigint): void;
  run(constants: Constants, packet: ProbePacket): ProbeResult;
  read(table: FuzzedTable): readonly PackedRow[];
  readPathUntil(): bigint;
  close(): void;
}

const about = 'fuzz';
const rowsAtMost = 64;
/** Of the LRU maps: an LRU that is nearly full evicts what it likes. */
const learnedAtMost = 512;
const lru: readonly string[] = ['flow', 'fragment', 'path'];
const first = new Uint8Array(4);

/** `path`: the object file. */
export function loadPrograms(path: string): Programs {
  const image = readFileSync(path);
  const loads = new Map<string, Load>();
  const loadFor = (constants: Constants): Load => {
    const name = Object.values(constants).join(' ');
    const known = loads.get(name);
    if (known) return known;
    const [base] = loads.values();
    const made = load(image, constants, base);
    loads.set(name, made);
    return made;
  };
  const { maps } = loadFor({ role: 'gateway', topologyFeatures: 0, ingressFeatures: 0, egressFeatures: 0 });
  const map = (name: string): OpenMap => {
    const found = maps.get(name);
    if (!found) throw new Error(`no map ${name}`);
    return found;
  };
  const verdictOf = verdictReader(map('counter'));
  let held: Partial<PackedRows> = {};
  return {
    put(rows, pathUntilNs) {
      for (const name of fuzzedNames) {
        const there = isLearned(name) ? readAll(map(name)).keys : joined((held[name] ?? []).map(({ key }) => key));
        replace(map(name), there, rows[name]);
      }
      held = rows;
      const until = new Uint8Array(8);
      new DataView(until.buffer).setBigUint64(0, pathUntilNs, true);
      update(map('path_until'), first, until);
    },
    run(constants, packet) {
      const { action, frame } = loadFor(constants).runners[packet.direction](packet);
      return { action, frame, verdict: verdictOf(packet.direction) };
    },
    read(table) {
      const { keySize, valueSize } = map(table).info;
      const { count, keys, values } = readAll(map(table));
      return Array.from({ length: count }, (_, at) => ({
        key: keys.subarray(at * keySize, (at + 1) * keySize),
        value: values.subarray(at * valueSize, (at + 1) * valueSize),
      }));
    },
    readPathUntil() {
      const bytes = lookup(map('path_until'), first) ?? new Uint8Array(8);
      return new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(0, true);
    },
    close() {
      for (const { object } of loads.values()) object.close();
    },
  };
}

interface OpenMap {
  readonly fd: number;
  readonly info: MapInfo;
}

interface Load {
  readonly object: BpfObject;
  readonly maps: ReadonlyMap<string, OpenMap>;
  readonly runners: Readonly<Record<Direction, ReturnType<typeof packetRunner>>>;
}

const shared: readonly string[] = [...fuzzedNames, 'path_until', 'counter'];

/** @param base a load whose maps it takes */
function load(image: Uint8Array, constants: Constants, base: Load | undefined): Load {
  const object = new BpfObject(image, about);
  const places = parseBtf(object.btf()).section('.rodata');
  object.patch('.rodata', (value) => {
    const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
    const put = (name: string, number: number): void => {
      const at = places?.get(name)?.offset;
      if (at === undefined) throw new Error(`no constant ${name}`);
      view.setUint32(at, number, true);
    };
    put('role', roleNumbers[constants.role]);
    put('topology_features', constants.topologyFeatures);
    put('ingress_features', constants.ingressFeatures);
    put('egress_features', constants.egressFeatures);
  });
  for (const name of shared) {
    const map = base?.maps.get(name);
    if (map) object.reuse(name, map.fd);
    else if (name in capacities) object.setMaxEntries(name, capacities[name] ?? 1);
  }
  object.load(about);
  const open = (name: string): readonly [string, OpenMap] => {
    const fd = object.mapFd(name);
    return [name, { fd, info: mapInfo(fd) }];
  };
  return {
    object,
    maps: base?.maps ?? new Map(shared.map(open)),
    runners: {
      ingress: packetRunner(object.programFd('ti_ingress')),
      egress: packetRunner(object.programFd('ti_egress')),
    },
  };
}

const capacities: Readonly<Record<string, number>> = Object.fromEntries([
  ...fuzzedNames.map((name) => [name, lru.includes(name) ? learnedAtMost : rowsAtMost] as const),
  ['counter', 1],
]);

/** Also written by programs: what is there now has to be asked. */
function isLearned(name: FuzzedTable): boolean {
  return (learnedNames as readonly FuzzedTable[]).includes(name);
}

/** @param keys packed, of the rows that are there */
function replace(map: OpenMap, keys: Uint8Array, wanted: readonly PackedRow[]): void {
  if (keys.length) removeAll(map, keys);
  if (!wanted.length) return;
  const rows = { keys: joined(wanted.map(({ key }) => key)), values: joined(wanted.map(({ value }) => value)) };
  updateAll(map, { count: wanted.length, ...rows });
}

function joined(parts: readonly Uint8Array[]): Uint8Array {
  return new Uint8Array(Buffer.concat(parts));
}

/** What the last packet of a hook was counted under: the one counter of a verdict that has changed since it was last asked. */
function verdictReader(map: OpenMap): (hook: Direction) => string {
  const size = lookupSize(map.info, possibleCpus());
  const bytes = new Uint8Array(size);
  const view = new DataView(bytes.buffer);
  const cpuBytes = counterLayout.perBlock * 16;
  const places = directions.flatMap((hook) =>
    verdicts.map((verdict) => ({ hook, name: verdict.name, at: verdictCounter(hook, verdict) * 16 })),
  );
  const known = new Map<number, number>();
  const changed = (): typeof places => {
    lookupInto(map, first, bytes);
    return places.filter(({ at }) => {
      let packets = 0;
      for (let cpu = 0; cpu < size; cpu += cpuBytes) packets += view.getUint32(cpu + at, true);
      const before = known.get(at) ?? 0;
      known.set(at, packets);
      return packets !== before;
    });
  };
  changed();
  return (hook) => {
    const found = changed();
    const [only] = found;
    if (found.length !== 1 || only?.hook !== hook)
      return `counted under ${found.map(({ hook: of, name }) => `${of} ${name}`).join(', ') || 'nothing'}`;
    return only.name;
  };
}
