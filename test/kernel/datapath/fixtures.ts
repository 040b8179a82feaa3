// What the kernel datapath's tests share: a datapath in a private place, specs and METAs to make slots from, rows, foreign
// programs, and what the kernel says of a hook in words that can be compared.

import { closeSync, readdirSync, readlinkSync } from 'node:fs';
import { type KernelDatapath, openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import type { HookKind, HookTarget, LoadSpec, RowChanges, SlotName } from '../../../src/datapath/port.ts';
import { programInfo } from '../../../src/native/descriptors.ts';
import { libbpf } from '../../../src/native/libbpf.ts';
import { netnsInode } from '../../../src/native/namespace.ts';
import { tcxAttach, tcxPrograms } from '../../../src/native/tcx.ts';
import { parseIp, unspecifiedIp } from '../../../src/net/ip.ts';
import { layoutVersion, type Meta, metaMagic, metaStates } from '../../../src/tables/meta.ts';
import { emptyRows, type Rows } from '../../../src/tables/rows.ts';
import { tunnel } from '../../../src/tables/tunnel.ts';
import { type Direction, directions } from '../../../src/topology/topology.ts';
import { openPrivatePlace, type PrivatePlace, run } from '../../support/netns.ts';
import { configuredSizes, learnedSizes, plainTunnelRow } from '../../support/rows.ts';

export interface Fixture {
  readonly place: PrivatePlace;
  readonly datapath: KernelDatapath;
  /** Another process's view: its own datapath over the same place. */
  reopen(): KernelDatapath;
  close(): void;
}

export function openFixture(): Fixture {
  const place = openPrivatePlace();
  const opened: KernelDatapath[] = [];
  const reopen = (): KernelDatapath => {
    const datapath = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
    opened.push(datapath);
    return datapath;
  };
  return {
    place,
    datapath: reopen(),
    reopen,
    close: () => {
      for (const datapath of opened) datapath.close();
      place.close();
    },
  };
}

export function spec(entries = 64, changes: Partial<LoadSpec> = {}): LoadSpec {
  const capacities = { ...configuredSizes(entries), config: 16 };
  const learnedCapacities = learnedSizes(256, { fragment: 16, counter: 4 });
  const constants = { role: 1, ingressFeatures: 1, egressFeatures: 17, topologyFeatures: 0 };
  return { ...constants, capacities, learnedCapacities, ...changes };
}

export function meta(instance: string, slot: SlotName, changes: Partial<Meta> = {}): Meta {
  return {
    generation: 1n,
    timeNs: 1n,
    netnsInode: netnsInode(),
    activation: 0n,
    magic: metaMagic,
    layoutVersion,
    state: metaStates.complete,
    role: 1,
    features: 1 | (17 << 16),
    instanceId: 1,
    instance,
    slot,
    topologyFeatures: 0,
    rowsDigest: new Uint8Array(32),
    buildDigest: new Uint8Array(32),
    sourceDigest: new Uint8Array(32),
    ...changes,
  };
}

/** TUNNEL rows with ids from `first` on; `mark` makes their values differ. */
export function tunnelRows(count: number, first = 1, mark = 0): Rows {
  const { key, value } = tunnel;
  const rows = { keySize: key.size, valueSize: value.size, count };
  const keys = new Uint8Array(count * key.size);
  const values = new Uint8Array(count * value.size);
  const one = value.encode({
    epoch: 1n,
    localIp: parseIp('10.0.0.1') ?? unspecifiedIp,
    remoteIp: unspecifiedIp,
    localPort: 6080,
    remotePort: 0,
    counter: 128,
    remoteId: mark,
    pingIntervalMs: 0,
    mtu: 1500,
    flags: 1,
    ...plainTunnelRow,
  });
  for (let i = 0; i < count; i++) {
    new DataView(keys.buffer).setUint32(4 * i, first + i, true);
    values.set(one, i * value.size);
  }
  return { ...rows, keys, values };
}

export function upserts(rows: Rows): RowChanges {
  return { upserts: rows, deletions: new Uint8Array(0) };
}

export function deletions(rows: Rows): RowChanges {
  return { upserts: emptyRows(rows.keySize, rows.valueSize), deletions: rows.keys };
}

/** Rows as a set, since the kernel's order is its own. */
export function asSet(rows: Rows): Set<string> {
  const { keySize, valueSize, count, keys, values } = rows;
  return new Set(
    Array.from({ length: count }, (_, i) => {
      const key = Buffer.from(keys.subarray(i * keySize, (i + 1) * keySize)).toString('hex');
      return `${key}=${Buffer.from(values.subarray(i * valueSize, (i + 1) * valueSize)).toString('hex')}`;
    }),
  );
}

export function target(ifindex: number, interfaceName: string, direction: Direction, kind: HookKind): HookTarget {
  return { ifindex, interfaceName, direction, kind };
}

/** A program of somebody else: passes everything on. The caller keeps the descriptor while it is not attached. */
export function loadForeign(): { readonly fd: number; readonly id: number; close(): void } {
  // r0 = TC_ACT_UNSPEC; exit
  const program = Uint8Array.from([0xb7, 0, 0, 0, 0xff, 0xff, 0xff, 0xff, 0x95, 0, 0, 0, 0, 0, 0, 0]);
  const fd = libbpf.programLoad(3, 'foreign', 'GPL', program, 2, undefined);
  if (fd < 0) throw new Error(`foreign program: ${fd}`);
  return { fd, id: programInfo(fd).id, close: () => closeSync(fd) };
}

/** Puts a foreign program at the end of a TCX hook; returns its id. */
export function attachForeignTcx(ifindex: number, direction: Direction): number {
  const program = loadForeign();
  tcxAttach(ifindex, direction, program.fd, 'foreign');
  program.close();
  return program.id;
}

/** A foreign u32 filter: traffic to 10.9.9.9 is classified. */
export function addForeignFilter(name: string, direction: Direction, priority: number): void {
  if (!run('tc', 'qdisc', 'show', 'dev', name).includes('clsact')) run('tc', 'qdisc', 'add', 'dev', name, 'clsact');
  const filter = `protocol ip prio ${priority} u32 match ip dst 10.9.9.9/32 flowid 1:1`.split(' ');
  run('tc', 'filter', 'add', 'dev', name, direction, ...filter);
}

/** Everything on an interface that is not ours: TCX programs in order, filters and qdiscs as tc prints them, link attributes. */
export function foreignState(ifindex: number, name: string, own: ReadonlySet<number>): string {
  const tcx = directions.map((direction) => (tcxPrograms(ifindex, direction) ?? []).filter((id) => !own.has(id)));
  const filters = directions.map((direction) =>
    run('tc', '-s', 'filter', 'show', 'dev', name, direction)
      .split(/^(?=filter )/m)
      .filter((filter) => !/\bbpf\b/.test(filter))
      .join(''),
  );
  return JSON.stringify({
    tcx,
    filters,
    qdiscs: run('tc', 'qdisc', 'show', 'dev', name).replace(/^qdisc clsact.*$/m, ''),
  });
}

/** What this process has open: kind → how many. */
export function openDescriptors(): string[] {
  return readdirSync('/proc/self/fd')
    .flatMap((fd) => {
      try {
        return [readlinkSync(`/proc/self/fd/${fd}`).replace(/\d+/g, 'n')];
      } catch {
        return [];
      }
    })
    .sort();
}
