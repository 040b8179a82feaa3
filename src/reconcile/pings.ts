// Live rows of a node → the GUE pings that announce it: one for each tunnel, with the key of the first service that uses it, signed
// where the tunnel has a signing key; with the short header, which has no key, the tunnel's number alone.
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { guePing, gueSignedPing, shortPing } from '../packet/gue.ts';
import type { TableRows } from './digest.ts';
import { ingest } from './ingest.ts';

/** Where a tunnel's pings go and what they hold, whenever one is sent. */
export interface Announcement {
  readonly tunnel: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The gateway's number for the tunnel. */
  readonly remoteId: number;
  /** `2/1`: whose key it carries; undefined with the short header. */
  readonly service: string | undefined;
  readonly isSigned: boolean;
  /** How often the file wants one; 0: only when asked. */
  readonly intervalMs: number;
  /** UDP payload; holds the key. `nowNs`: CLOCK_REALTIME, the sequence of what is signed, so it must be larger each time. */
  payload(nowNs: bigint): Uint8Array;
}

export interface Announcements {
  /** Sorted by tunnel. */
  readonly announcements: readonly Announcement[];
  /** Tunnels that no service uses: there is no key that their gateway would take. */
  readonly withoutService: readonly number[];
}

export interface Ping extends Omit<Announcement, 'payload' | 'intervalMs'> {
  /** UDP payload; holds the key. */
  readonly payload: Uint8Array;
}

export interface Pings {
  /** Sorted by tunnel. */
  readonly pings: readonly Ping[];
  readonly withoutService: readonly number[];
}

/** One ping for each tunnel, now. */
export function pingsOf(instance: string, rows: TableRows, nowNs: bigint): Pings {
  const { announcements, withoutService } = announcementsOf(instance, rows);
  return { pings: announcements.map((one) => pingOf(one, nowNs)), withoutService };
}

export function pingOf({ intervalMs: _, payload, ...ends }: Announcement, nowNs: bigint): Ping {
  return { ...ends, payload: payload(nowNs) };
}

export function announcementsOf(instance: string, rows: TableRows): Announcements {
  const { topology, keys } = ingest(instance, rows, () => undefined);
  const firstService = new Map<number, number>();
  topology.services.forEach(({ tunnels }, position) => {
    for (const id of tunnels) if (!firstService.has(id)) firstService.set(id, position);
  });
  const announcements: Announcement[] = [];
  const withoutService: number[] = [];
  topology.tunnels.forEach(({ id, local, remote, remoteId, header, pingIntervalMs: intervalMs }, at) => {
    if (remote === 'learned') return;
    const ends = { tunnel: id, from: local, to: remote, remoteId, intervalMs };
    const position = firstService.get(id);
    const service = position === undefined ? undefined : topology.services[position];
    const key = position === undefined ? undefined : keys.services[position];
    const signKey = keys.signing[at];
    if (header === 'short')
      announcements.push({ ...ends, service: undefined, isSigned: false, payload: () => shortPing(remoteId) });
    else if (!service || !key) withoutService.push(id);
    else {
      const whose = { group: service.group, service: service.id, key };
      announcements.push({
        ...ends,
        service: `${service.group}/${service.id}`,
        isSigned: signKey !== undefined,
        payload: (nowNs) => (signKey ? gueSignedPing(whose, remoteId, nowNs, signKey) : guePing(whose, remoteId)),
      });
    }
  });
  return { announcements, withoutService };
}

/** By local endpoint: tunnels that share one are sent from one socket. */
export function byLocal(pings: readonly Ping[]): ReadonlyMap<string, readonly Ping[]> {
  const groups = new Map<string, Ping[]>();
  for (const ping of pings) {
    const local = formatEndpoint(ping.from);
    groups.set(local, [...(groups.get(local) ?? []), ping]);
  }
  return groups;
}
