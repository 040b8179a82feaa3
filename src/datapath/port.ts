// The datapath port: everything that reconcile asks of a kernel. Two implementations: kernel/ (libbpf) and memory/ (the
// kernel's rules in a Map, made to fail on purpose by tests), held to each other by a differential test.
// No policy here: what to stage, when to switch and what to do after a failure is reconcile's.

import type { Problem } from '../problem.ts';
import type { Capture } from '../tables/events.ts';
import type { Meta } from '../tables/meta.ts';
import type { Rows } from '../tables/rows.ts';
import type { Direction } from '../topology/topology.ts';

export type SlotName = 'a' | 'b';
export const slotNames: readonly SlotName[] = ['a', 'b'];
export type HookKind = 'tcx' | 'clsact';

/** Names of the configured tables, which are also their maps' names. */
export type ConfiguredTable = 'config' | 'tunnel' | 'encap' | 'decap' | 'verify' | 'nat' | 'allow' | 'short_header';
/** Those that the datapath writes; `capture` alone is written by who listens to `event`. */
export type LearnedTable =
  | 'peer'
  | 'flow'
  | 'fragment'
  | 'path'
  | 'path_until'
  | 'counter'
  | 'capture'
  | 'captured'
  | 'event';
/** Those of a reader of events. */
export type EventTable = 'capture' | 'captured' | 'event';
/** Those that a packet is looked up in. */
export type LearntTable = 'peer' | 'flow' | 'fragment' | 'path';
/** Learned tables whose rows user space reads. */
export type ReadableTable = 'peer' | 'flow' | 'path';

/** One generation as found: from pins, or from a hook's program when pins are missing. */
export interface Slot {
  readonly name: SlotName;
  readonly meta: Meta;
  /** Kernel ids of the two programs. */
  readonly programs: Readonly<Record<Direction, number>>;
  /** max_entries of each configured map. */
  readonly capacities: Readonly<Record<ConfiguredTable, number>>;
  /** Whether every object of the slot is pinned where it belongs (false: found through a hook; repinned by `repairPins`). */
  readonly pinned: boolean;
  /** Kernel ids of the learned maps that its programs use, 0: none; a slot whose learned maps are not the instance's is not reused. */
  readonly learnedIds: Readonly<Record<LearnedTable, number>>;
  /** Whether rows can be read: those of another build's layout are, member by member, where the kernel knows their types. */
  readonly readable: boolean;
  /** Whether its maps, the learned ones too, have this build's layout; otherwise the next stage makes it anew. */
  readonly ownLayout: boolean;
}

/** One of our programs on one hook, asked of the interface itself. */
export interface Hook {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly direction: Direction;
  readonly kind: HookKind;
  readonly programId: number;
  /** The slot whose program it is; undefined: a program of this instance that no slot holds any more. */
  readonly slot: SlotName | undefined;
}

/** 0: there is none, and createSlot makes it. */
export interface Learned {
  /** max_entries; `counter` in blocks, `event` in bytes. */
  readonly capacities: Readonly<Record<LearnedTable, number>>;
  readonly ids: Readonly<Record<LearnedTable, number>>;
}

/** What the kernel holds of one instance. `exists` false: nothing at all. */
export interface Observation {
  readonly instance: string;
  readonly exists: boolean;
  readonly slots: Readonly<Partial<Record<SlotName, Slot>>>;
  readonly hooks: readonly Hook[];
  readonly learned: Learned | undefined;
  /** A slot directory that a crash left without META, or with maps missing: discarded by the next stage. */
  readonly broken: readonly SlotName[];
  /** What slots that hooks run, and the learned maps, lack of their pins: `a/nat`, `learned/peer`. `repairPins` makes them again. */
  readonly missingPins: readonly string[];
  /** Network namespace of the caller. An instance of another one is refused (`instance-elsewhere`). */
  readonly netnsInode: bigint;
  /** foreign-pin, instance-elsewhere: nothing may be done until they are gone. */
  readonly problems: readonly Problem[];
}

/** Constants and sizes of a new load. */
export interface LoadSpec {
  /** ROLE_* of tables.h. */
  readonly role: number;
  readonly ingressFeatures: number;
  readonly egressFeatures: number;
  /** FEATURE_* of tables.h. */
  readonly topologyFeatures: number;
  readonly capacities: Readonly<Record<ConfiguredTable, number>>;
  /** Used only when the instance has no learned maps yet. */
  readonly learnedCapacities: Readonly<Record<LearnedTable, number>>;
}

export type RowChanges = {
  /** Rows to create or overwrite. */
  readonly upserts: Rows;
  /** Keys to delete, packed. */
  readonly deletions: Uint8Array;
};

/** A synthetic packet through one program. */
export interface ProbePacket {
  readonly direction: Direction;
  /** Interface the packet is on; for egress, `ingressIfindex` says where it came from (0: this host). */
  readonly ifindex: number;
  readonly ingressIfindex: number;
  /** From the Ethernet header. */
  readonly frame: Uint8Array;
}

export interface ProbeResult {
  /** TC_ACT_* as a signed number: -1 next program, 0 ok, 2 shot, 7 redirect. */
  readonly action: number;
  readonly frame: Uint8Array;
  /** Name of the one verdict counter that moved. */
  readonly verdict: string;
}

/** A scratch load with learned maps of its own. */
export interface Probe {
  run(packet: ProbePacket): ProbeResult;
  /** Puts a learned row into its own maps, as a packet would have. */
  teach(table: LearntTable, key: Uint8Array, value: Uint8Array): void;
  /** What they have learned until now. */
  forget(): void;
  close(): void;
}

/** Over a slot's configured maps. */
export interface SlotProbe extends Probe {
  /** Over the other slot's, with the learned maps of this one: hooks of one instance that run two generations. Closed by itself. */
  beside(slot: SlotName): SlotProbe;
}

/** Memory that is used again and again by who reads rows often; empty at first. */
export interface RowRoom {
  keys: Uint8Array<ArrayBuffer>;
  values: Uint8Array<ArrayBuffer>;
}

export interface Datapath {
  /** Names under the pin root, plus those found only on hooks. Sorted. */
  instances(): string[];
  /** Reads only. */
  observe(instance: string): Observation;
  /**
   * All rows of one configured table, in this build's layout. Order is the kernel's. Throws where the slot is not readable. With a
   * room they may lie in it, until it is used for others.
   */
  readRows(instance: string, slot: SlotName, table: ConfiguredTable, room?: RowRoom): Rows;
  /** All rows of it (values without the lock's meaning), in this build's layout, in the kernel's order. */
  readLearned(instance: string, table: ReadableTable): Rows;
  /** One row's value, whole; undefined: there is none. To an LRU this is no use of the row. */
  findLearned(instance: string, table: LearntTable, key: Uint8Array): Uint8Array | undefined;
  /** One flat array, summed over CPUs: index n → [packets, bytes] at 2n, 2n+1. `indexes` limits what is read to the blocks that hold them. */
  readCounters(instance: string, indexes?: readonly number[]): BigUint64Array;

  /** Reads EVENT, from now on, for one at a time. Throws Refusal: `locked` naming the other reader, `no-instance` where there is none. */
  openEvents(instance: string): EventReader;

  /** Takes the instance's lock, then the host-wide one where `attachment` is true. Throws Refusal `locked` naming the holder. */
  lock(instance: string, timeoutMs: number, attachment?: boolean): Promise<Lock>;
  /** For as long as a daemon follows files for it: one at a time. Throws Refusal `locked` naming the other one. */
  lockWatch(instance: string): Pick<Lock, 'release'>;

  /**
   * Loads programs and empty configured maps into the slot, pins everything, META last, state staging. Anything of ours in the slot
   * goes first. Learned maps of another layout get successors; what PEER and FLOW hold is copied into them.
   */
  createSlot(instance: string, slot: SlotName, spec: LoadSpec, meta: Meta): void;
  /** Unpins everything of a slot that no hook runs. */
  discardSlot(instance: string, slot: SlotName): void;
  /** Batches; upserts before deletions. Throws KernelError with what was written left in place. */
  writeRows(instance: string, slot: SlotName, table: ConfiguredTable, changes: RowChanges): void;
  writeMeta(instance: string, slot: SlotName, meta: Meta): void;
  /** Waits until no CPU runs a program that it had entered before the call: a grace period of RCU. */
  waitForRunningPrograms(): void;
  /** Scratch load; program tags are checked equal to the slot's. Throws Refusal `probe-failed` where they are not. */
  openProbe(instance: string, slot: SlotName): SlotProbe;
  /**
   * A generation that no instance has, and nobody else can find: nothing is pinned or attached. Its interfaces need not exist: a packet
   * is run as if it were on the one that it names, but without that one's routes (flags fib and fwd have no row to be found by).
   */
  openTrial(spec: LoadSpec, rows: Readonly<Record<ConfiguredTable, Rows>>): Probe;

  /** Puts the slot's program of that direction on the interface where none of this instance is. */
  attach(instance: string, slot: SlotName, hook: HookTarget): void;
  /** Replaces exactly `from` by the slot's program: a compare-and-swap. Throws KernelError EEXIST/ENOENT when somebody else was there first. */
  switchHook(instance: string, slot: SlotName, from: Hook): void;
  /** Takes exactly this program off. The qdisc stays. */
  detach(instance: string, hook: Hook): void;
  /** Pins again what a slot found through a hook lacks. */
  repairPins(instance: string, slot: SlotName): void;

  /**
   * What PEER and FLOW of another layout learned since createSlot copied them, brought to their successors: after activation, when
   * nobody writes them any more. Nothing to do where this process copied none.
   */
  mergeLearned(instance: string): void;
  /** Deletes PEER rows and FLOW rows of these tunnels, and zeroes these counter indexes (four each). After activation only. */
  forget(instance: string, gone: { readonly tunnels: readonly number[]; readonly counters: readonly number[] }): void;
  /** Unpins both slots and the learned maps and removes the directories. Hooks were detached before. */
  removeInstance(instance: string): void;
  close(): void;
}

/** EVENT with its one reader, shared by both slots: an apply does not end it. */
export interface EventReader {
  /** Kernel ids of its maps: when the instance has others, programs tell nothing here any more. */
  readonly ids: Readonly<Record<EventTable, number>>;
  /** Hands over what is there, oldest first, at most `atMost` records; returns how many. Their bytes are valid only during the call. */
  read(take: (record: Uint8Array) => void, atMost: number): number;
  /** Says to the programs what is listened for, and until when. */
  listen(capture: Capture): void;
  /** Events left out on each CPU since its last one, together. */
  leftOut(): number;
  /** Whether programs find no room for one more event. */
  isFull(): boolean;
  /** Nobody listens any more, and another may. */
  close(): void;
}

export interface HookTarget {
  readonly ifindex: number;
  readonly interfaceName: string;
  readonly direction: Direction;
  readonly kind: HookKind;
}

export interface Lock {
  release(): void;
  /** The same where the instance is gone: nothing of its locks stays that nobody else holds. */
  forget(): void;
}

/** What a host has, read by netlink in the caller's network namespace. */
export interface HostInterface {
  readonly name: string;
  readonly ifindex: number;
  readonly mtuBytes: number;
  readonly up: boolean;
  /** 6 bytes; all zero for devices without Ethernet header. */
  readonly mac: Uint8Array;
  /** Packets on it begin with an IP header (tun, wireguard, ipip): our programs, which expect Ethernet, would let them all pass. */
  readonly headerless?: true;
  /** IPv4 first; no IPv6 link-local ones. */
  readonly addresses: readonly string[];
}

/** The host beside the datapath: interfaces, routes, sysctls. Reads only. */
export interface Host {
  interfaces(): HostInterface[];
  /** Name of the interface of the IPv4 default route with the lowest metric. */
  defaultRouteInterface(): string | undefined;
  /** The kernel's route for a destination of either family; undefined: unreachable. `local`: delivered to this host. */
  route(
    destination: string,
  ): { readonly ifindex: number; readonly local: boolean; readonly mtuBytes: number } | undefined;
  /** e.g. `net.ipv4.ip_forward`, `net.ipv4.conf.eth0.rp_filter` (dots in an interface's name are written `/`). */
  sysctl(name: string): string | undefined;
  /** Whether the kernel takes TCX (≥ 6.6). */
  hasTcx(): boolean;
}
