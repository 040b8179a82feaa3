// A scratch load: the same object over a slot's configured maps, with learned maps of its own. Packets through it meet the
// code and the rows that traffic would, and leave no trace in what is live. For probes, packet records and the bench.
import { closeSync } from 'node:fs';
import { mapInfo, type ProgramInfo, programInfo } from '../../native/descriptors.ts';
import { errno, failure } from '../../native/errno.ts';
import {
  lookup,
  lookupInto,
  lookupSize,
  type OpenMap,
  possibleCpus,
  readAll,
  removeAll,
  update,
} from '../../native/maps.ts';
import { packetRunner } from '../../native/testrun.ts';
import { problem, Refusal } from '../../problem.ts';
import { directionNumbers } from '../../tables/config.ts';
import { counterLayout, path as pathTable } from '../../tables/learned.ts';
import { learnedMaps } from '../../tables/learned-maps.ts';
import type { Rows } from '../../tables/rows.ts';
import { verdicts } from '../../tables/verdicts.ts';
import { type Direction, directions } from '../../topology/topology.ts';
import { type SlotName, type SlotProbe, slotNames } from '../port.ts';
import type { Context } from './context.ts';
import type { Generation } from './generation.ts';
import { countersOf, readPeers } from './learned.ts';
import { type Loaded, load } from './load.ts';
import { slotMaps } from './names.ts';
import { known } from './observe.ts';
import { packedRows } from './rows.ts';

/** A probe whose own learned maps can be seen. */
export interface Scratch extends SlotProbe {
  readPeers(): Rows;
  readFlows(): Rows;
  /** As Datapath.readCounters, of the scratch counters. Indexes beyond its blocks are not counted. */
  readCounters(): BigUint64Array;
  /** Run statistics among others, while kernel.bpf_stats_enabled. */
  program(direction: Direction): ProgramInfo;
}

/** Sizes of the learned maps, in rows; PEER takes as many as there can be tunnels, since each may be pinged. */
export const scratchCapacities = { flow: 64, fragment: 16, path: 16, event: 4096 } as const;
/** What a program of one hook leaves for that of another. */
const learntRows = ['peer', 'flow', 'fragment', 'path'] as const;
const sharedMaps = [...learntRows, 'path_until'] as const;
/** COUNTER is in blocks: each costs 4 KiB a CPU and the time to clear it. */
const counterBlocksAtMost = 4;

export interface ScratchOptions {
  /** Blocks of COUNTER; the slot's, but at most a few, unless told. */
  readonly counterBlocks?: number;
  /** The load whose learned maps it shares. Each counts by itself. */
  readonly beside?: Pick<Loaded, 'map'>;
}

/** Throws Refusal `probe-failed` when the object file is no longer the one that the slot was made from. */
export function openScratch(context: Context, instance: string, slot: SlotName, options: ScratchOptions = {}): Scratch {
  const { catalog, slots } = known(context, instance);
  const generation = slots[slot];
  if (!generation) throw failure('openProbe', errno.ENOENT, `${instance}/${slot}`);
  const reuse = new Map<string, number>();
  let loaded: Loaded;
  try {
    for (const name of slotMaps) reuse.set(name, catalog.openMap(generation.maps.get(name)?.id ?? 0));
    const { beside } = options;
    const shared = beside ? sharedMaps.map((name) => [name, beside.map(name)] as const) : [];
    loaded = load(context, {
      constants: constantsOf(generation),
      capacities: {
        ...scratchCapacities,
        peer: Math.max(...slotNames.map((name) => slots[name]?.maps.get('tunnel')?.maxEntries ?? 1)),
        counter: options.counterBlocks ?? counterBlocks(generation),
      },
      reuse: new Map([...reuse, ...shared]),
    });
  } finally {
    for (const fd of reuse.values()) closeSync(fd);
  }
  try {
    for (const direction of directions) {
      const tag = catalog.program(generation.programs[direction])?.tag;
      if (tag !== undefined && tag !== programInfo(loaded.program(direction)).tag) throw otherProgram(context, slot);
    }
  } catch (error) {
    loaded.close();
    throw error;
  }
  return {
    ...runner(context, loaded),
    beside: (other) => openScratch(context, instance, other, { beside: loaded }),
  };
}

/** What was loaded as something to run packets through, until it is closed. */
export function runner(context: Context, loaded: Loaded): Omit<Scratch, 'beside'> {
  const map = (name: string): OpenMap => {
    const fd = loaded.map(name);
    return { fd, info: mapInfo(fd) };
  };
  const [peer, flow, counter] = [map('peer'), map('flow'), map('counter')];
  let open = true;
  const close = (): void => {
    if (!open) return;
    open = false;
    context.open.delete(entry);
    loaded.close();
  };
  const entry = { close };
  context.open.add(entry);
  const runners = {
    ingress: packetRunner(loaded.program('ingress')),
    egress: packetRunner(loaded.program('egress')),
  };
  const movedVerdict = watchVerdicts(counter);
  return {
    run(packet) {
      if (!open) throw failure('bpf_prog_test_run', errno.EINVAL, 'a closed probe');
      const { action, frame } = runners[packet.direction](packet);
      return { action, frame, verdict: movedVerdict(packet.direction) };
    },
    forget: () => {
      for (const name of learntRows) {
        const rows = map(name);
        removeAll(rows, readAll(rows).keys);
      }
      update(map('path_until'), new Uint8Array(4), new Uint8Array(learnedMaps.path_until.value));
    },
    teach: (table, key, value) => {
      update(map(table), key, value);
      if (table === 'path') raiseEnd(map('path_until'), pathTable.value.decode(value).untilNs);
    },
    readPeers: () => readPeers(peer),
    readFlows: () => packedRows(flow),
    readCounters: () => countersOf(counter),
    program: (direction) => programInfo(loaded.program(direction)),
    close,
  };
}

/** PATH is asked only until the last of its rows ends. */
function raiseEnd(map: OpenMap, untilNs: bigint): void {
  const end = lookup(map, new Uint8Array(4)) ?? new Uint8Array(learnedMaps.path_until.value);
  const view = new DataView(end.buffer);
  if (untilNs <= view.getBigUint64(0, true)) return;
  view.setBigUint64(0, untilNs, true);
  update(map, new Uint8Array(4), end);
}

function constantsOf({ meta }: Generation) {
  return {
    role: meta.role,
    ingress_features: meta.features & 0xffff,
    egress_features: meta.features >>> 16,
    topology_features: meta.topologyFeatures,
  };
}

function counterBlocks({ maps }: Generation): number {
  return Math.min(maps.get('counter')?.maxEntries ?? 1, counterBlocksAtMost);
}

/**
 * Tells, after each run, the name of the one verdict of that hook whose counter moved; `uncounted` when none did, which is a
 * fault of the program. The verdicts' counters fill the first half of the first block. Compared as 32-bit words of the
 * packet counts: a run adds one.
 */
function watchVerdicts(map: OpenMap): (direction: Direction) => string {
  const cpus = possibleCpus();
  const key = new Uint8Array(4);
  const wordsPerCounter = 4;
  const wordsPerCpu = counterLayout.perBlock * wordsPerCounter;
  let before = new Uint32Array(lookupSize(map.info, cpus) / 4);
  let after = new Uint32Array(before.length);
  const read = (into: Uint32Array): void => {
    lookupInto(map, key, new Uint8Array(into.buffer));
  };
  read(before);
  return (direction) => {
    read(after);
    const first = directionNumbers[direction] * counterLayout.perHook * wordsPerCounter;
    const end = first + counterLayout.perHook * wordsPerCounter;
    let moved: number | undefined;
    for (let cpu = 0; cpu < cpus; cpu++)
      for (let at = cpu * wordsPerCpu + first; at < cpu * wordsPerCpu + end; at += wordsPerCounter)
        if (after[at] !== before[at]) moved = (at - cpu * wordsPerCpu - first) / wordsPerCounter;
    [before, after] = [after, before];
    return moved === undefined ? 'uncounted' : verdictName(moved);
  };
}

function otherProgram(context: Context, slot: SlotName): Refusal {
  const hint = 'apply again: the standby is then made from the object that is there now';
  return new Refusal(problem('probe-failed', `${context.objectPath} is not what slot ${slot} was made from`, { hint }));
}

const verdictNames: ReadonlyMap<number, string> = new Map(verdicts.map(({ name, number }) => [number, name]));

/** A number that this build has no name for stays a number. */
function verdictName(verdict: number): string {
  return verdictNames.get(verdict) ?? String(verdict);
}
