// What a host's datapath must be: the validated shape. Nothing here is optional, so "absent" never reaches the diff.
// As-written YAML is known only to read.ts; tables and kernel are not known here at all.
import type { Endpoint, Protocol } from '../net/endpoint.ts';
import type { Family } from '../net/ip.ts';
import type { Prefix } from '../net/prefix.ts';
import type { HookWords } from '../packet/words/hook.ts';
import type { PacketWords } from '../packet/words/words.ts';
import type { Place } from '../problem.ts';

export type Role = 'gateway' | 'node';
export type Mode = 'standard' | 'dso';
export type Direction = 'ingress' | 'egress';
export const directions: readonly Direction[] = ['ingress', 'egress'];

/** Flag bits as PROTOCOL.md section 4 numbers them: ingress gue 1, fwd 4, dump 8; egress proxy 1, fwd 4, dump 8, fib 16. */
export interface Flags {
  readonly ingress: number;
  readonly egress: number;
}

export interface TopologyInterface {
  readonly name: string;
  readonly flags: Flags;
  readonly place: Place;
}

export interface Tunnel {
  /** 1–4294967295. */
  readonly id: number;
  /** Where `localFrom` names an interface: a stand-in until a plan is made. */
  readonly local: Endpoint;
  /** Whose address `local` is: the file says it, or it is that of an interface at the time. */
  readonly localFrom: 'address' | LocalInterface;
  readonly remote: Endpoint | 'learned';
  /** The far end's number for this tunnel, sent in pings and in the short header; equals `id` on a gateway without that. */
  readonly remoteId: number;
  /** Milliseconds between pings: sent by a node, waited for by a gateway. 0 when the file says nothing of them. */
  readonly pingIntervalMs: number;
  /** Of the longest outer packet between the two ends, 576–65535; `path`: what the route to the far end carries. */
  readonly mtuBytes: number | 'path';
  /** `short`: TrueIngress 0.25+, no key; the remote is static then. */
  readonly header: 'keyed' | 'short';
  /** Data from elsewhere than the remote: refused, or taken by its key. */
  readonly source: 'strict' | 'by-key';
  /** Of the outer UDP header. */
  readonly sourcePort: 'local' | 'flow-hash';
  readonly sign: Signing | 'none';
  /** Where pings may come from; empty: anywhere. Sorted. */
  readonly allowFrom: readonly Prefix[];
  /** How often a learned remote may change; 0: as often as it likes. */
  readonly movesPerMinute: number;
  readonly place: Place;
}

/** The address of this family that the interface has. */
export interface LocalInterface {
  readonly interface: string;
  readonly family: Family;
}

/** What a tunnel has of which the file says nothing. */
export const tunnelDefaults = {
  localFrom: 'address',
  header: 'keyed',
  source: 'by-key',
  sourcePort: 'local',
  sign: 'none',
  allowFrom: [],
  movesPerMinute: 0,
} as const satisfies Partial<Tunnel>;

/** Pings signed with a secret that is never sent. */
export interface Signing {
  readonly key: KeySource;
  /** On a gateway: refuse unsigned pings. */
  readonly required: boolean;
}

/** A key as written: resolved to bytes by keys.ts, only by commands that need it. Never printed. */
export type KeySource =
  | { readonly kind: 'bytes'; readonly bytes: Uint8Array }
  | { readonly kind: 'file'; readonly path: string; readonly place: Place }
  | { readonly kind: 'env'; readonly variable: string; readonly place: Place }
  /** Leave the key that is live. */
  | { readonly kind: 'keep' };

export interface Service {
  /** A label: shown, never compared. */
  readonly name: string;
  /** 0–65535. */
  readonly group: number;
  /** 0–65535. */
  readonly id: number;
  readonly protocol: Protocol;
  readonly proxy: Endpoint;
  /** Where the server is; on a gateway equal to `proxy` whatever the file says, since it is not stored there. */
  readonly endpoint: Endpoint;
  /** 1–4 tunnel ids. On a node the first is the fallback; on a gateway it carries requests, and the others are taken from only. */
  readonly tunnels: readonly number[];
  readonly key: KeySource;
  /** Accepted as well, never sent: while keys are changed. */
  readonly previousKey: KeySource | 'none';
  /** Only packets that entered the host there; 'any' on a node whatever the file says. */
  readonly via: 'any' | 'local' | { readonly interface: string };
  /** On a node, replies whose request was not seen: through the first tunnel, or not touched. 'first' on a gateway. */
  readonly fallback: 'first' | 'pass';
  /** Echo requests to the proxy's address: not touched, answered by the gateway, carried to the endpoint. */
  readonly echo: 'pass' | 'answer' | 'carry';
  /** 'standard' on a gateway whatever the file says. */
  readonly mode: Mode;
  /** What a gateway's file says of the node: stored nowhere, held against the node's file by lint. */
  readonly far: { readonly endpoint: Endpoint | 'unsaid'; readonly mode: Mode | 'unsaid' };
  readonly place: Place;
}

/** What a service has of which the file says nothing. */
export const serviceDefaults = {
  previousKey: 'none',
  via: 'any',
  fallback: 'first',
  echo: 'pass',
  far: { endpoint: 'unsaid', mode: 'unsaid' },
} as const satisfies Partial<Service>;

/** A packet, and what must become of it; they are tried in the order of the file, and what one teaches the next ones know. */
export interface Expectation {
  /** A label; the packet in words where the file gives none. */
  readonly name: string;
  readonly packet: PacketWords;
  readonly at: HookWords | 'usual';
  /** A name of tables/verdicts.ts. */
  readonly verdict: string;
  readonly tunnel: number | 'any';
  readonly service: { readonly group: number; readonly id: number } | 'any';
  readonly out: PacketWords | 'any';
  readonly place: Place;
}

export interface Topology {
  /** 1–15 of [a-z0-9-]. */
  readonly name: string;
  /** 0 when the file has none. */
  readonly id: number;
  readonly role: Role;
  /** Empty when the file names none: the interface of the IPv4 default route is meant. `flags` says what it gets then. */
  readonly interfaces: readonly TopologyInterface[];
  readonly flags: Flags;
  /** Sorted by id. */
  readonly tunnels: readonly Tunnel[];
  /** Sorted by group, id. */
  readonly services: readonly Service[];
  /** Lists that no file has, not even an empty one: a file that was cut off has them no more. */
  readonly leftOut: readonly ('tunnels' | 'services')[];
  /** In the order of the files. */
  readonly expectations: readonly Expectation[];
  /** SHA-256 of the texts that this was read from, in order. */
  readonly sourceDigest: Uint8Array;
  /** Where the file starts, for problems about the whole. */
  readonly place: Place;
}

/** Implied by the role (gue on ingress everywhere, proxy on a gateway's egress), plus what the file adds. */
export const flagBits = {
  ingress: { gue: 1, fwd: 4, dump: 8 },
  egress: { proxy: 1, fwd: 4, dump: 8, fib: 16 },
} as const;

/** 16 bytes, filled up with zeros; or leave the key that is live. */
export type ResolvedKey = Uint8Array | 'keep';

/** The secrets of a topology; `keep` is the one of its kind that is live. */
export interface TopologyKeys {
  /** One for each of `topology.services`, in their order. */
  readonly services: readonly ResolvedKey[];
  /** Previous keys, in the same order. */
  readonly previous: readonly (ResolvedKey | 'none')[];
  /** Keys that sign pings: one for each of `topology.tunnels`, in their order. */
  readonly signing: readonly (ResolvedKey | 'none')[];
}
