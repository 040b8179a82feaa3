// Gives every tunnel its epoch and every tunnel and service its counters and key bytes: what a row holds and no file says.
// What lives keeps what it has; only what is new is given something new. Knows live rows, not the kernel.
import { type Family, familyOf } from '../net/ip.ts';
import { counterLayout } from '../tables/learned.ts';
import type { Rows } from '../tables/rows.ts';
import { valueAt } from '../tables/rows.ts';
import type { Assignments, TunnelAssignment } from '../tables/table.ts';
import { tunnelFlags, tunnel as tunnelTable } from '../tables/tunnel.ts';
import { serviceFlags, type VerifyValue, verify as verifyTable } from '../tables/verify.ts';
import type { ResolvedKey, Topology, TopologyKeys } from '../topology/topology.ts';

/** A counter is undefined where no run can have given it: rows that were edited by hand hold anything. */
export interface LiveAssignments {
  readonly tunnels: ReadonlyMap<number, LiveTunnel>;
  /** By serviceNumber(group, id). */
  readonly services: ReadonlyMap<number, LiveService>;
}

interface LiveTunnel {
  readonly epoch: bigint;
  readonly counter: number | undefined;
  readonly learned: boolean;
  /** How often its far end should ping; 0: not known. */
  readonly pingIntervalMs: number;
  /** Of its local end. */
  readonly family: Family;
  readonly signKey: Uint8Array | undefined;
}

interface LiveService {
  readonly counter: number | undefined;
  readonly key: Uint8Array;
  readonly previousKey: Uint8Array | undefined;
}

export const noLiveAssignments: LiveAssignments = { tunnels: new Map(), services: new Map() };

export function serviceNumber(group: number, id: number): number {
  return group * 65536 + id;
}

/**
 * Reads what lives from the live generation's TUNNEL and VERIFY rows.
 * @param room how many indexes COUNTER has
 */
export function readAssignments(tunnels: Rows, verify: Rows, room: number): LiveAssignments {
  const { first, perRow } = counterLayout;
  const seen = new Set<number>();
  const given = (counter: number): number | undefined => {
    const can = counter >= first && (counter - first) % perRow === 0 && counter + perRow <= room && !seen.has(counter);
    seen.add(counter);
    return can ? counter : undefined;
  };
  const liveTunnels = new Map<number, LiveTunnel>();
  for (let i = 0; i < tunnels.count; i++) {
    const { id } = tunnelTable.key.decode(tunnels.keys, i * tunnels.keySize);
    const row = tunnelTable.value.decode(tunnels.values, i * tunnels.valueSize);
    liveTunnels.set(id, {
      epoch: row.epoch,
      counter: given(row.counter),
      learned: (row.flags & tunnelFlags.learned) !== 0,
      pingIntervalMs: row.pingIntervalMs,
      family: familyOf(row.localIp),
      signKey: row.flags & tunnelFlags.signed ? row.signKey : undefined,
    });
  }
  const liveServices = new Map<number, LiveService>();
  // Of 100,000 rows these members are read and not whole rows, which would cost ten times as much.
  const values = new DataView(verify.values.buffer, verify.values.byteOffset, verify.values.byteLength);
  for (let i = 0; i < verify.count; i++) {
    const { group, service } = verifyTable.key.decode(verify.keys, i * verify.keySize);
    liveServices.set(serviceNumber(group, service), {
      counter: given(values.getUint32(i * verify.valueSize + verifyOffsets.counter, true)),
      key: keyIn(valueAt(verify, i), verifyOffsets.key),
      previousKey:
        (values.getUint8(i * verify.valueSize + verifyOffsets.flags) & serviceFlags.previousKey) !== 0
          ? keyIn(valueAt(verify, i), verifyOffsets.previousKey)
          : undefined,
    });
  }
  return { tunnels: liveTunnels, services: liveServices };
}

const verifyOffsets = {
  key: offsetOf('key'),
  previousKey: offsetOf('previousKey'),
  counter: offsetOf('counter'),
  flags: offsetOf('flags'),
} as const;

function offsetOf(member: keyof VerifyValue): number {
  const found = verifyTable.value.members.find(({ name }) => name === member);
  if (!found) throw new Error(`VERIFY has no member ${member}`);
  return found.offset;
}

function keyIn(value: Uint8Array, offset: number): Uint8Array {
  return value.subarray(offset, offset + keyBytes);
}

export interface Assigned {
  readonly assignments: Assignments;
  /** Those that are `keep` where nothing of the kind is live. */
  readonly withoutKey: readonly KeyHolder[];
  /** One more than the highest counter index in use. */
  readonly countersNeeded: number;
}

/** Whose key it is: a position in topology.services, or for `signing` in topology.tunnels. */
export interface KeyHolder {
  readonly kind: keyof TopologyKeys;
  readonly position: number;
}

const keyBytes = 16;

/**
 * @param epoch of what is created; see epoch.ts
 * @param unforgotten counters that nothing live has and that a run which was cut off left uncleared: not given out
 */
export function assign(
  topology: Topology,
  keys: TopologyKeys,
  live: LiveAssignments,
  epoch: bigint,
  unforgotten: readonly number[] = [],
): Assigned {
  const used = new Set([...countersOf(live), ...unforgotten]);
  let next: number = counterLayout.first;
  let highest: number = counterLayout.first;
  const take = (has: number | undefined): number => {
    let counter = has;
    if (counter === undefined) {
      // Indexes of what goes in this very change are not given out: revert must find its counts unmixed.
      while (used.has(next)) next += counterLayout.perRow;
      counter = next;
      next += counterLayout.perRow;
    }
    highest = Math.max(highest, counter + counterLayout.perRow);
    return counter;
  };

  const withoutKey: KeyHolder[] = [];
  const keyOf = (key: ResolvedKey | 'none' | undefined, was: Uint8Array | undefined, holder: KeyHolder) => {
    if (key === undefined) throw new Error(`${holder.kind} key at ${holder.position} was not resolved`);
    if (key !== 'keep') return key === 'none' ? undefined : key;
    if (!was) withoutKey.push(holder);
    return was;
  };

  const tunnels = new Map<number, TunnelAssignment>();
  topology.tunnels.forEach((tunnel, position) => {
    const was = live.tunnels.get(tunnel.id);
    // A far end of the other family is none: packets would go to an address made of its bytes.
    const isKnown = was?.learned && was.family === familyOf(tunnel.local.ip);
    const relearns = tunnel.remote === 'learned' && was !== undefined && !isKnown;
    tunnels.set(tunnel.id, {
      epoch: was && !relearns ? was.epoch : epoch,
      counter: take(was?.counter),
      signKey: keyOf(keys.signing[position], was?.signKey, { kind: 'signing', position }),
    });
  });

  const serviceCounters = new Uint32Array(topology.services.length);
  const serviceKeys: Uint8Array[] = [];
  const previousKeys: (Uint8Array | undefined)[] = [];
  topology.services.forEach((service, position) => {
    const was = live.services.get(serviceNumber(service.group, service.id));
    serviceCounters[position] = take(was?.counter);
    const key = keyOf(keys.services[position], was?.key, { kind: 'services', position });
    serviceKeys.push(key ?? new Uint8Array(keyBytes));
    previousKeys.push(keyOf(keys.previous[position], was?.previousKey, { kind: 'previous', position }));
  });
  return {
    assignments: { tunnels, serviceCounters, serviceKeys, previousKeys },
    withoutKey,
    countersNeeded: highest,
  };
}

/** Tunnel ids and counter indexes that nobody uses any more. */
export interface Gone {
  readonly tunnels: readonly number[];
  readonly counters: readonly number[];
}

/** @param kept what lives from now on */
export function goneFrom(
  earlier: readonly LiveAssignments[],
  kept: { readonly tunnels: ReadonlyMap<number, unknown>; readonly counters: Iterable<number> },
): Gone {
  const used = new Set(kept.counters);
  return {
    tunnels: [...new Set(earlier.flatMap(({ tunnels }) => [...tunnels.keys()]))].filter((id) => !kept.tunnels.has(id)),
    counters: [...new Set(earlier.flatMap(countersOf))].filter((counter) => !used.has(counter)),
  };
}

export function countersOf({ tunnels, services }: LiveAssignments): number[] {
  const counters: number[] = [];
  for (const { counter } of tunnels.values()) if (counter !== undefined) counters.push(counter);
  for (const { counter } of services.values()) if (counter !== undefined) counters.push(counter);
  return counters;
}
