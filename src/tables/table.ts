// What a table descriptor is. A descriptor is the one place that knows a table: its map, its layouts, the rows that a
// topology wants in it, whose rows they are, and how a row is shown. Codec, diff, capacity, views, the in-memory map and
// the test generators derive from it; to add a table see README.md beside this file.
import type { ConfiguredTable, LearntTable } from '../datapath/port.ts';
import type { Layout } from '../layout/layout.ts';
import { formatEndpoint, type Port } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import type { Topology, TopologyInterface } from '../topology/topology.ts';
import type { InterfaceName, KeyWords } from './key-words.ts';
import type { RowWriter } from './writer.ts';

/** An interface of the topology with the index that the kernel knows it by. */
export interface ResolvedInterface extends TopologyInterface {
  readonly ifindex: number;
}

/** What a row holds that no file says: given by what is live, or chosen anew for what is created. */
export interface Assignments {
  /** By tunnel id. */
  readonly tunnels: ReadonlyMap<number, TunnelAssignment>;
  /** By position in topology.services. */
  readonly serviceCounters: Uint32Array;
  /** 16 bytes each, by position in topology.services. */
  readonly serviceKeys: readonly Uint8Array[];
  /** 16 bytes each, by position in topology.services; undefined: none is accepted beside the current one. */
  readonly previousKeys: readonly (Uint8Array | undefined)[];
}

export interface TunnelAssignment {
  readonly epoch: bigint;
  readonly counter: number;
  /** 16 bytes; undefined: pings are not signed. */
  readonly signKey: Uint8Array | undefined;
}

/** Everything that rows are made from. */
export interface Wanted {
  readonly topology: Topology;
  readonly interfaces: readonly ResolvedInterface[];
  /** Indexes of the interfaces that services name under `via`, by name. */
  readonly entries: ReadonlyMap<string, number>;
  readonly assignments: Assignments;
  /** By id, of tunnels whose file gives no MTU: bytes of the longest outer packet that the path carries. */
  readonly pathMtus: ReadonlyMap<number, number>;
}

/** Whose row it is: the thing in the file that a person would change. */
export type Owner =
  | { readonly kind: 'interface'; readonly ifindex: number }
  | { readonly kind: 'tunnel'; readonly id: number }
  | { readonly kind: 'service'; readonly group: number; readonly id: number }
  /** A row that several things share; it follows them and is nobody's own. `id`: as plans call it. */
  | { readonly kind: 'shared'; readonly as: SharedKind; readonly id: string };

export type SharedKind = 'local-endpoint' | 'proxy-address' | 'shared-endpoint';

/** What a row says of one field: text, bytes that are compared and never shown, or its part of a list. */
export type FieldText = string | Uint8Array | readonly string[];

/** A configured table. `Key` and `Value` are the decoded row's halves. */
export interface Table<Key, Value> extends KeyWords<Key, Value> {
  readonly name: ConfiguredTable;
  /** One line for `show` and docs. */
  readonly title: string;
  readonly key: Layout<Key>;
  readonly value: Layout<Value>;
  /** Emits every row that the topology wants here, each key once. */
  readonly want: (wanted: Wanted, emit: RowWriter<Key, Value>) => void;
  readonly owner: (key: Key, value: Value) => Owner;
  /** The row in the words of the file, for plans. */
  readonly describe: (key: Key, value: Value, interfaceName: InterfaceName) => Readonly<Record<string, FieldText>>;
  /** Several rows of one owner say one list: to tell how it changes, all of them are read and not just the changed ones. */
  readonly isList?: true;
  /** Names and texts of a row, in columns. No key is ever among them. */
  readonly show: (key: Key, value: Value) => Readonly<Record<string, string | number>>;
}

/** A table that the datapath writes. */
export interface LearnedTableDescriptor<Key, Value> extends KeyWords<Key, Value> {
  readonly name: LearntTable;
  readonly title: string;
  readonly key: Layout<Key>;
  readonly value: Layout<Value>;
  /** Names and texts of a row. `nowNs`: CLOCK_MONOTONIC. */
  readonly show: (key: Key, value: Value, nowNs: bigint) => Readonly<Record<string, string | number>>;
}

// A list of descriptors of unlike rows: each is used only with its own rows.
// biome-ignore lint/suspicious/noExplicitAny: rows are opaque to whoever walks the registry
export type AnyTable = Table<any, any>;
// biome-ignore lint/suspicious/noExplicitAny: as above
export type AnyLearned = LearnedTableDescriptor<any, any>;

/** 16 bytes. Throws when the key was never resolved, which is a bug. */
export function serviceKey(assignments: Assignments, position: number): Uint8Array {
  const key = assignments.serviceKeys[position];
  if (!key) throw new Error(`service at ${position} has no key`);
  return key;
}

export function serviceCounter(assignments: Assignments, position: number): number {
  const counter = assignments.serviceCounters[position];
  if (!counter) throw new Error(`service at ${position} has no counter`);
  return counter;
}

/** Of rows, whose ports are plain numbers. */
export function endpointText({ ip, port }: { readonly ip: Ip; readonly port: number }): string {
  return formatEndpoint({ ip, port: port as Port });
}
