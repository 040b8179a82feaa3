// What a packet record is: one packet, the rows it meets, and everything that must come of it. Records are rows of a table:
// the kernel tests run each of them, and the bench measures those it names.
import type { ConfigKey, ConfigValue } from '../../../src/tables/config.ts';
import type { DecapKey, DecapValue } from '../../../src/tables/decap.ts';
import type { EncapKey, EncapValue } from '../../../src/tables/encap.ts';
import type { FlowKey, FlowValue, PeerKey, PeerValue } from '../../../src/tables/learned.ts';
import type { NatKey, NatValue } from '../../../src/tables/nat.ts';
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
  readonly encap?: readonly Row<EncapKey, EncapValue>[];
  readonly decap?: readonly Row<DecapKey, DecapValue>[];
  readonly verify?: readonly Row<VerifyKey, VerifyValue>[];
  readonly nat?: readonly Row<NatKey, NatValue>[];
  readonly peer?: readonly Row<PeerKey, PeerValue>[];
  readonly flow?: readonly Row<FlowKey, FlowValue>[];
}

/** A packet on a hook. */
export interface Passage {
  readonly hook: Direction;
  /** From the Ethernet header. */
  readonly packet: Uint8Array;
}

/** What PEER must hold afterwards; times and the sequence count are left to the runner. */
export interface ExpectedPeer {
  readonly tunnel: number;
  readonly epoch: bigint;
  readonly remote: string;
  readonly moves: number;
}

/** What FLOW must hold afterwards. */
export interface ExpectedFlow {
  readonly endpoint: string;
  readonly client: string;
  readonly tunnel: number;
}

export interface PacketRecord extends Passage {
  /** A sentence. */
  readonly name: string;
  readonly role: Role;
  readonly rows: RowSet;
  /** Flags that the load has on at all, beside those that the role implies; `rows.config` says which interface has them. */
  readonly egressFeatures?: number;
  /** Interface that the packet is on; `lo` when not given. The test's namespace has them. */
  readonly device?: 'lo' | 'wire' | 'quiet';
  /** Made by this host rather than forwarded. */
  readonly local?: boolean;
  /** Packets that went before, each with what became of it. */
  readonly before?: readonly (Passage & { readonly verdict: VerdictName })[];

  readonly verdict: VerdictName;
  /** TC_ACT_*; what the verdict implies when not given. */
  readonly action?: number;
  /** The frame afterwards; unchanged when not given. */
  readonly out?: Uint8Array;
  /** The outer identification is chosen by chance: taken from the frame that came out, its checksum reckoned anew. */
  readonly randomId?: boolean;
  /** First counters of the service and tunnel under which the packet is counted as well. */
  readonly counted: readonly number[];
  /** Checked only when given. */
  readonly peers?: readonly ExpectedPeer[];
  readonly flows?: readonly ExpectedFlow[];
}
