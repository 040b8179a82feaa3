// Live rows of a node → the GUE pings that announce it: one for each tunnel, with the key of the first service that uses it, signed
// where the tunnel has a signing key; with the short header, which has no key, the tunnel's number alone.
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { guePing, gueSignedPing, shortPing } from '../packet/gue.ts';
import type { TableRows } from './digest.ts';
import { ingest } from './ingest.ts';

export interface Ping {
  readonly tunnel: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The gateway's number for the tunnel. */
  readonly remoteId: number;
  /** `2/1`: whose key it carries; undefined with the short header. */
  readonly service: string | undefined;
  readonly isSigned: boolean;
  /** UDP payload; holds the key. */
  readonly payload: Uint8Array;
}

export interface Pings {
  /** Sorted by tunnel. */
  readonly pings: readonly Ping[];
  /** Tunnels that no service uses: there is no key that their gateway would take. */
  readonly withoutService: readonly number[];
}

/** @param nowNs CLOCK_REALTIME: the sequence of what is signed, so it must be larger in each round */
export function pingsOf(instance: string, rows: TableRows, nowNs: bigint): Pings {
  const { topology, keys } = ingest(instance, rows, () => undefined);
  const firstService = new Map<number, number>();
  topology.services.forEach(({ tunnels }, position) => {
    for (const id of tunnels) if (!firstService.has(id)) firstService.set(id, position);
  });
  const pings: Ping[] = [];
  const withoutService: number[] = [];
  topology.tunnels.forEach(({ id, local, remote, remoteId, header }, at) => {
    if (remote === 'learned') return;
    const ends = { tunnel: id, from: local, to: remote, remoteId };
    const position = firstService.get(id);
    const service = position === undefined ? undefined : topology.services[position];
    const key = position === undefined ? undefined : keys.services[position];
    const signKey = keys.signing[at];
    if (header === 'short') pings.push({ ...ends, service: undefined, isSigned: false, payload: shortPing(remoteId) });
    else if (!service || !key) withoutService.push(id);
    else {
      const whose = { group: service.group, service: service.id, key };
      const payload = signKey ? gueSignedPing(whose, remoteId, nowNs, signKey) : guePing(whose, remoteId);
      pings.push({ ...ends, service: `${service.group}/${service.id}`, isSigned: signKey !== undefined, payload });
    }
  });
  return { pings, withoutService };
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
