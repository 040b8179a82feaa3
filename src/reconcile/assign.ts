// Gives every tunnel its epoch and every tunnel and service its counters and key bytes: what a row holds and no file says.
// What lives keeps what it has; only what is new is given something new. Knows live rows, not the kernel.
import { counterLayout } from '../tables/learned.ts';
import type { Rows } from '../tables/rows.ts';
import { valueAt } from '../tables/rows.ts';
import type { Assignments } from '../tables/table.ts';
import { tunnelFlags, tunnel as tunnelTable } from '../tables/tunnel.ts';
import { verify as verifyTable } from '../tables/verify.ts';
import type { Topology } from '../topology/topology.ts';

/** A counter is undefined where no run can have given it: rows that were edited by hand hold anything. */
export interface LiveAssignments {
  readonly tunnels: ReadonlyMap<
    number,
    { readonly epoch: bigint; readonly counter: number | undefined; readonly learned: boolean }
  >;
  /** By serviceNumber(group, id). */
  readonly services: ReadonlyMap<number, { readonly counter: number | undefined; readonly key: Uint8Array }>;
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
  const liveTunnels = new Map<number, { epoch: bigint; counter: number | undefined; learned: boolean }>();
  for (let i = 0; i < tunnels.count; i++) {
    const { id } = tunnelTable.key.decode(tunnels.keys, i * tunnels.keySize);
    const row = tunnelTable.value.decode(tunnels.values, i * tunnels.valueSize);
    const learned = (row.flags & tunnelFlags.learned) !== 0;
    liveTunnels.set(id, { epoch: row.epoch, counter: given(row.counter), learned });
  }
  const liveServices = new Map<number, { counter: number | undefined; key: Uint8Array }>();
  const counterOffset = verifyTable.value.members.find(({ name }) => name === 'counter')?.offset ?? 0;
  const counters = new DataView(verify.values.buffer, verify.values.byteOffset, verify.values.byteLength);
  for (let i = 0; i < verify.count; i++) {
    const { group, service } = verifyTable.key.decode(verify.keys, i * verify.keySize);
    liveServices.set(serviceNumber(group, service), {
      counter: given(counters.getUint32(i * verify.valueSize + counterOffset, true)),
      key: valueAt(verify, i).subarray(0, 16),
    });
  }
  return { tunnels: liveTunnels, services: liveServices };
}

export interface Assigned {
  readonly assignments: Assignments;
  /** Positions of services whose key is `keep` and which do not live: there is nothing to keep. */
  readonly withoutKey: readonly number[];
  /** One more than the highest counter index in use. */
  readonly countersNeeded: number;
}

/**
 * @param keys by position in topology.services: 16 bytes, or keep what is live
 * @param generation the number of the generation to come; becomes the epoch of what is created
 * @param unforgotten counters that nothing live has and that a run which was cut off left uncleared: not given out
 */
export function assign(
  topology: Topology,
  keys: readonly (Uint8Array | 'keep')[],
  live: LiveAssignments,
  generation: bigint,
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

  const tunnels = new Map<number, { epoch: bigint; counter: number }>();
  for (const tunnel of topology.tunnels) {
    const was = live.tunnels.get(tunnel.id);
    const relearns = tunnel.remote === 'learned' && was?.learned === false;
    tunnels.set(tunnel.id, {
      epoch: was && !relearns ? was.epoch : generation,
      counter: take(was?.counter),
    });
  }

  const serviceCounters = new Uint32Array(topology.services.length);
  const serviceKeys: Uint8Array[] = [];
  const withoutKey: number[] = [];
  topology.services.forEach((service, position) => {
    const was = live.services.get(serviceNumber(service.group, service.id));
    const key = keys[position] ?? 'keep';
    serviceCounters[position] = take(was?.counter);
    if (key === 'keep' && !was) withoutKey.push(position);
    serviceKeys.push(key === 'keep' ? (was?.key ?? new Uint8Array(16)) : key);
  });
  return { assignments: { tunnels, serviceCounters, serviceKeys }, withoutKey, countersNeeded: highest };
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
