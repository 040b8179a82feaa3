// What every packet record costs, so that no path through the programs goes unmeasured: by role, hook and verdict the
// cheapest and the dearest record.
import { readFileSync } from 'node:fs';
import { objectPath } from '../../src/paths.ts';
import { packetRecords } from '../kernel/records/all.ts';
import { placeOf } from '../kernel/records/devices.ts';
import { ifindexes } from '../kernel/records/fib.ts';
import { peerCapacity } from '../kernel/records/pings.ts';
import { type PacketRecord, settled } from '../kernel/records/record.ts';
import { type Load, loadPrograms, moment, putRows, readCounted, runPacket } from '../kernel/records/runner.ts';
import { Closers } from './closers.ts';
import { compileBenchProgram } from './compile.ts';
import { openFloor } from './floor.ts';
import { type NewInterface, openLiveHook } from './live.ts';
import { alternate, rounded } from './measure.ts';
import { shareOf } from './packets.ts';
import { enableStatistics } from './statistics.ts';

const rounds = 3;
const packetsOfARound = 2000;
/** Below, a record is not what was measured: the state that its packet wants is used up by the first one. */
const shareWanted = 0.99;

export interface Path {
  /** Role, hook, verdict. */
  readonly name: string;
  readonly records: number;
  readonly cheapest: Measured;
  readonly dearest: Measured;
}

interface Measured {
  readonly ns: number;
  readonly record: string;
}

export interface Paths {
  readonly paths: readonly Path[];
  /** Names of records whose packet becomes something else when it comes again. */
  readonly once: readonly string[];
  /** Names of records whose packet no device lets through to a hook. */
  readonly unreached: readonly string[];
}

/** In a network namespace that has the records' interfaces. */
export function measurePaths(newInterface: NewInterface): Paths {
  const usual = newInterface();
  const closers = new Closers();
  const loads = new Map<string, Load>();
  const loadFor = ({ role, ingressFeatures = 0, egressFeatures = 0, topologyFeatures = 0 }: PacketRecord): Load => {
    const name = `${role} ${ingressFeatures} ${egressFeatures} ${topologyFeatures}`;
    const known = loads.get(name);
    if (known) return known;
    const options = { role, ingressFeatures, egressFeatures, topologyFeatures, peerCapacity };
    const load = closers.keep(loadPrograms(readFileSync(objectPath()), options));
    loads.set(name, load);
    return load;
  };
  try {
    closers.add(enableStatistics());
    const generator = compileBenchProgram('generate');
    const floor = closers.keep(openFloor());
    const [first] = packetRecords;
    if (!first) throw new Error('no packet records');
    const nothing = floor.programFd('empty');
    const frame = first.packet;
    const empty = closers.keep(openLiveHook(generator, newInterface(), 'ingress', nothing, { frame }));
    const found = new Map<string, Measured[]>();
    const once: string[] = [];
    const unreached: string[] = [];
    for (const row of packetRecords) {
      const load = loadFor(row);
      const record = settled(row, moment());
      const { entry } = placeOf(record);
      const ifindex = record.device ? ifindexes[record.device] : usual;
      putRows(load, record.rows);
      for (const { hook, packet } of record.before ?? []) runPacket(load, hook, packet, ifindex, entry);
      const before = readCounted(load);
      const live = openLiveHook(generator, ifindex, record.hook, load.programs[record.hook], { frame: record.packet });
      if (!live.reached()) {
        live.close();
        unreached.push(record.name);
        continue;
      }
      const medians = alternate(rounds, [
        { name: 'empty', measure: () => empty.measure(packetsOfARound) },
        { name: 'record', measure: () => live.measure(packetsOfARound) },
      ]);
      live.close();
      if (shareOf(record.verdict, since(before, readCounted(load))) < shareWanted) {
        once.push(record.name);
        continue;
      }
      const ns = rounded((medians.get('record') ?? Number.NaN) - (medians.get('empty') ?? Number.NaN), 0);
      const name = `${record.role}, ${record.hook}: ${record.verdict}`;
      found.set(name, [...(found.get(name) ?? []), { ns, record: record.name }]);
    }
    return { paths: [...found].map(([name, all]) => pathOf(name, all)), once, unreached };
  } finally {
    closers.close();
  }
}

function pathOf(name: string, all: readonly Measured[]): Path {
  const [cheapest, ...rest] = [...all].sort((a, b) => a.ns - b.ns);
  if (!cheapest) throw new Error(`no record of ${name}`);
  return { name, records: all.length, cheapest, dearest: rest.at(-1) ?? cheapest };
}

type Counted = ReturnType<typeof readCounted>;

function since(before: Counted, after: Counted): Counted {
  const none = { packets: 0, bytes: 0 };
  return new Map(
    [...after].map(([index, { packets, bytes }]) => {
      const was = before.get(index) ?? none;
      return [index, { packets: packets - was.packets, bytes: bytes - was.bytes }];
    }),
  );
}

export function pathsText({ paths, once, unreached }: Paths): string {
  const cells = paths.map(({ name, records, cheapest, dearest }) => [
    name,
    String(records),
    String(cheapest.ns),
    String(dearest.ns),
    dearest.record,
  ]);
  const all = [['path', 'records', 'least', 'most', 'dearest record'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  const lines = all.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`);
  const left = (why: string, names: readonly string[]): string =>
    names.length ? `not measured, ${why}: ${names.join('; ')}\n` : '';
  return [
    ...lines,
    left("since their packet is another's the second time", once),
    left('since the kernel drops them before any hook', unreached),
  ].join('');
}
