// A fake kernel: interfaces with programs on them, pins, maps, locks. Plain data that outlives every datapath opened on it,
// as a kernel outlives its processes. What nothing pins and no interface runs is gone, as in the kernel: it cannot be found.
import { learnedNames } from '../../tables/learned-maps.ts';
import { type Meta, metaLayout } from '../../tables/meta.ts';
import type { Direction } from '../../topology/topology.ts';
import type { ConfiguredTable, HookKind, HostInterface, LearnedTable, SlotName } from '../port.ts';
import type { MemoryMap } from './map.ts';

/** COUNTER: what is not zero, by flat index: packets, bytes. */
export interface CounterMap {
  readonly kind: 'counters';
  readonly id: number;
  readonly blocks: number;
  readonly values: Map<number, readonly [bigint, bigint]>;
}

export type PlainMap = Exclude<LearnedTable, 'counter'>;
export const plainMaps: readonly PlainMap[] = learnedNames.filter((name) => name !== 'counter');

export type LearnedMaps = Readonly<Record<PlainMap, MemoryMap>> & {
  readonly counter: CounterMap;
};

/** META: an array of one row, all zero until written. */
export interface MetaMap {
  readonly kind: 'meta';
  readonly id: number;
  bytes: Uint8Array;
}

/** One load of the object: programs and the maps bound to them. */
export interface Load {
  readonly role: number;
  readonly ingressFeatures: number;
  readonly egressFeatures: number;
  readonly topologyFeatures: number;
  readonly maps: Readonly<Record<ConfiguredTable, MemoryMap>>;
  readonly meta: MetaMap;
  readonly learned: LearnedMaps;
}

export interface Program {
  readonly kind: 'program';
  readonly id: number;
  readonly direction: Direction;
  readonly load: Load;
}

/** Somebody else's program or pinned object: bytes that must never change. */
export interface Foreign {
  readonly kind: 'foreign';
  readonly id: number;
  readonly bytes: Uint8Array;
}

export type Pinned = Program | MemoryMap | MetaMap | CounterMap | Foreign;

export interface Attachment {
  readonly ifindex: number;
  readonly direction: Direction;
  readonly kind: HookKind;
  readonly program: Program | Foreign;
  /** clsact: `priority:handle` of the filter, one of a kind on its hook. */
  readonly filter?: string;
}

export interface MemoryWorld {
  readonly netnsInode: bigint;
  readonly tcx: boolean;
  readonly interfaces: HostInterface[];
  /** By path below the pin root: `epic-1/a/tunnel`. */
  readonly pins: Map<string, Pinned>;
  /** In the order of their attachment. A switch keeps its place. */
  readonly attachments: Attachment[];
  /** Interfaces that have a clsact qdisc. */
  readonly qdiscs: Set<number>;
  /** By the lock's name. */
  readonly locks: Map<string, { readonly holder: string }>;
  /** Kernel ids count up and are never used twice. */
  lastId: number;
}

export interface WorldSpec {
  readonly interfaces: readonly (Pick<HostInterface, 'name' | 'ifindex'> & Partial<HostInterface>)[];
  readonly tcx: boolean;
  readonly netnsInode?: bigint;
}

export function createMemoryWorld(spec: WorldSpec): MemoryWorld {
  return {
    netnsInode: spec.netnsInode ?? 4026531840n,
    tcx: spec.tcx,
    interfaces: spec.interfaces.map((one) => ({
      mtuBytes: 1500,
      up: true,
      mac: Uint8Array.of(2, 0, 0, 0, 0, one.ifindex),
      addresses: [],
      ...one,
    })),
    pins: new Map(),
    attachments: [],
    qdiscs: new Set(),
    locks: new Map(),
    lastId: 0,
  };
}

export function metaOf(load: Load): Meta {
  return metaLayout.decode(load.meta.bytes);
}

/** Whether the kernel still has it: pinned, or run by an interface. */
export function programExists(world: MemoryWorld, id: number): boolean {
  for (const pinned of world.pins.values()) if (pinned.kind === 'program' && pinned.id === id) return true;
  return world.attachments.some(({ program }) => program.id === id);
}

/** Where an object of a slot or of the learned maps is pinned. */
export function slotPath(instance: string, slot: SlotName, object: string): string {
  return `${instance}/${slot}/${object}`;
}
export function learnedPath(instance: string, table: LearnedTable): string {
  return `${instance}/learned/${table}`;
}
