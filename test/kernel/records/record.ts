// What a packet record is: one packet, the rows it meets, and everything that must come of it. Records are rows of a table:
// the kernel tests run each of them, and the bench measures those it names.
import type { AllowKey, AllowValue } from '../../../src/tables/allow.ts';
import type { ConfigKey, ConfigValue } from '../../../src/tables/config.ts';
import type { DecapKey, DecapValue } from '../../../src/tables/decap.ts';
import type { EncapKey, EncapValue } from '../../../src/tables/encap.ts';
import type { FlowKey, FlowValue, PathKey, PathValue, PeerKey, PeerValue } from '../../../src/tables/learned.ts';
import type { NatKey, NatValue } from '../../../src/tables/nat.ts';
import type { ShortKey, ShortValue } from '../../../src/tables/short-header.ts';
import type { TunnelKey, TunnelValue } from '../../../src/tables/tunnel.ts';
import type { VerdictName } from '../../../src/tables/verdicts.ts';
import type { VerifyKey, VerifyValue } from '../../../src/tables/verify.ts';
import type { Direction, Role } from '../../../src/topology/topology.ts';

export interface Row<Key, Value> {
  readonly key: Key;
  readonly value: Value;
}

/** Rows in the words of the descriptors. A table that is not named is empty. */
export interface RowSet {
  readonly config?: readonly Row<ConfigKey, ConfigValue>[];
  readonly tunnel?: readonly Row<TunnelKey, TunnelValue>[];
  readonly allow?: readonly Row<AllowKey, AllowValue>[];
  readonly short_header?: readonly Row<ShortKey, ShortValue>[];
  readonly encap?: readonly Row<EncapKey, EncapValue>[];
  readonly decap?: readonly Row<DecapKey, DecapValue>[];
  readonly verify?: readonly Row<VerifyKey, VerifyValue>[];
  readonly nat?: readonly Row<NatKey, NatValue>[];
  readonly peer?: readonly Row<PeerKey, PeerValue>[];
  readonly flow?: readonly Row<FlowKey, FlowValue>[];
  readonly path?: readonly Row<PathKey, PathValue>[];
}

/** A packet on a hook. */
export interface Passage {
  readonly hook: Direction;
  /** From the Ethernet header. */
  readonly packet: Uint8Array;
}

/** What PEER must hold afterwards. */
export interface ExpectedPeer {
  readonly tunnel: number;
  readonly epoch: bigint;
  readonly remote: string;
  readonly moves: number;
  readonly sequence: bigint;
  readonly movesInMinute: number;
  /** It was this packet that was last heard. */
  readonly heard: boolean;
  /** The minute in which moves are counted began with it. */
  readonly newMinute: boolean;
}

/** What FLOW must hold afterwards. */
export interface ExpectedFlow {
  readonly endpoint: string;
  readonly client: string;
  readonly tunnel: number;
  readonly group: number;
  readonly service: number;
  readonly protocol: number;
}

/** What FRAGMENT must hold afterwards. */
export interface ExpectedFragment {
  readonly source: string;
  readonly destination: string;
  readonly id: number;
  readonly protocol: number;
}

/** What PATH must hold afterwards. */
export interface ExpectedPath {
  readonly local: string;
  readonly remote: string;
  readonly mtu: number;
  /** It holds for ten minutes from this packet on. */
  readonly renewed: boolean;
}

/** What a packet tells those who listen of the remote that it has learned or moved. */
export interface ExpectedRemoteEvent {
  readonly kind: 'learned' | 'moved';
  readonly tunnel: number;
  readonly remote: string;
}

/** What the clocks say when a record is run. */
export interface Moment {
  /** CLOCK_REALTIME. */
  readonly wallNs: bigint;
  /** CLOCK_MONOTONIC. */
  readonly monotonicNs: bigint;
}

export type DeviceName = 'lo' | 'wire' | 'far' | 'quiet';

export interface PacketRecord extends Passage {
  /** A sentence. */
  readonly name: string;
  readonly role: Role;
  readonly rows: RowSet;
  /** Flags that the load has on at all, beside those that the role implies; `rows.config` says which interface has them. */
  readonly ingressFeatures?: number;
  readonly egressFeatures?: number;
  /** featureBits: what the topology of this load uses. */
  readonly topologyFeatures?: number;
  /** Interface that the packet is on; `lo` when not given. The test's namespace has them. */
  readonly device?: DeviceName;
  /** Made by this host rather than forwarded. */
  readonly local?: boolean;
  /** Index of the interface through which a forwarded packet entered the host; that of `device` when not given. */
  readonly entry?: number;
  /** Packets that went before, each with what became of it. */
  readonly before?: readonly (Passage & { readonly verdict: VerdictName })[];

  readonly verdict: VerdictName;
  /** TC_ACT_*; what the verdict implies when not given. */
  readonly action?: number;
  /** The frame afterwards; unchanged when not given. */
  readonly out?: Uint8Array;
  /** The outer identification is chosen by chance: taken from the frame that came out, its checksum reckoned anew. */
  readonly randomId?: boolean;
  /** The outer UDP source port is the flow's hash: taken from the frame that came out, when it is one of those. */
  readonly hashPort?: boolean;
  /** First counters of the service and tunnel under which the packet is counted as well. */
  readonly counted: readonly number[];
  /** Checked only when given. */
  readonly peers?: readonly ExpectedPeer[];
  readonly flows?: readonly ExpectedFlow[];
  readonly fragments?: readonly ExpectedFragment[];
  readonly paths?: readonly ExpectedPath[];

  /** What depends on the clocks; it takes the place of what is above. */
  readonly now?: (moment: Moment) => Partial<PacketRecord>;
}

/** The record as it is when it is run. */
export function settled(record: PacketRecord, moment: Moment): PacketRecord {
  return { ...record, ...record.now?.(moment) };
}
