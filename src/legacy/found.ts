// What an old installation was told, gathered from scripts or dumps, on its way to a file: items with the place that each comes
// from, and what could not be taken.

import type { FlagsItem, Item, ServiceItem, TunnelItem } from './asked.ts';
import { doubtsOf } from './doubts.ts';

/** A file and a line, from 1. */
export interface Origin {
  readonly file: string;
  readonly line: number;
}

export interface Found<Kind extends Item = Item> {
  readonly item: Kind;
  readonly origin: Origin;
  /** What was changed on the way, for a comment. */
  readonly remarks: readonly string[];
}

export interface Left {
  readonly origin: Origin;
  readonly text: string;
  readonly reason: string;
  /** The text may hold a key. */
  readonly isSecret: boolean;
}

export interface Doubt {
  readonly origin: Origin;
  /** Which words of the old tools they stand in. */
  readonly kind: Item['kind'];
  readonly what: string;
}

export interface Assumption {
  readonly what: string;
  readonly why: string;
}

/** In the order in which they were told; a later one takes the place of an earlier one. */
export interface OldState {
  readonly tunnels: Map<number, Found<TunnelItem>>;
  readonly services: Map<string, Found<ServiceItem>>;
  /** By interface and direction; the interface `''` is that of the default route. */
  readonly flags: Map<string, Found<FlagsItem>>;
  /** Attached to, by name. */
  readonly interfaces: Set<string>;
  readonly left: Left[];
  readonly assumptions: Assumption[];
  /** What was taken, and was hardly meant so. */
  readonly doubts: Doubt[];
  /** Seconds between pings, of a node. */
  pingSeconds: number | undefined;
  /** Where port_alloc.sh begins; undefined: no script says. */
  firstPort: number | undefined;
  /** What the verbs of later releases say: set-gw, set-node. */
  saidRole: 'gateway' | 'node' | undefined;
}

export function emptyState(): OldState {
  return {
    tunnels: new Map(),
    services: new Map(),
    flags: new Map(),
    interfaces: new Set(),
    left: [],
    assumptions: [],
    doubts: [],
    pingSeconds: undefined,
    firstPort: undefined,
    saidRole: undefined,
  };
}

export function take(state: OldState, item: Item, origin: Origin, told: readonly string[] = []): void {
  const doubts = doubtsOf(item);
  state.doubts.push(...doubts.map((what) => ({ origin, kind: item.kind, what })));
  const remarks = [...told, ...doubts.map((what) => `CHECK: ${what}`)];
  switch (item.kind) {
    case 'tunnel':
      state.tunnels.set(item.id, { item, origin, remarks });
      break;
    case 'service':
      state.services.set(`${item.group}/${item.id}`, { item, origin, remarks });
      break;
    case 'flags':
      state.flags.set(`${item.interface ?? ''} ${item.direction}`, { item, origin, remarks });
      break;
    default:
      item satisfies never;
  }
}
