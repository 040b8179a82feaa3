// Live rows of a node → the GUE pings that announce it: one for each tunnel, with the key of the first service that uses it.
import { type Endpoint, formatEndpoint } from '../net/endpoint.ts';
import { guePing } from '../packet/gue.ts';
import type { TableRows } from './digest.ts';
import { ingest } from './ingest.ts';

export interface Ping {
  readonly tunnel: number;
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** The gateway's number for the tunnel. */
  readonly remoteId: number;
  /** `2/1`: whose key it carries. */
  readonly service: string;
  /** UDP payload; holds the key. */
  readonly payload: Uint8Array;
}

export interface Pings {
  /** Sorted by tunnel. */
  readonly pings: readonly Ping[];
  /** Tunnels that no service uses: there is no key that their gateway would take. */
  readonly withoutService: readonly number[];
}

export function pingsOf(instance: string, rows: TableRows): Pings {
  const { topology, keys } = ingest(instance, rows, () => undefined);
  const firstService = new Map<number, number>();
  topology.services.forEach(({ tunnels }, position) => {
    for (const id of tunnels) if (!firstService.has(id)) firstService.set(id, position);
  });
  const pings: Ping[] = [];
  const withoutService: number[] = [];
  for (const { id, local, remote, remoteId } of topology.tunnels) {
    if (remote === 'learned') continue;
    const position = firstService.get(id);
    const service = position === undefined ? undefined : topology.services[position];
    const key = position === undefined ? undefined : keys.services[position];
    if (!service || !key) withoutService.push(id);
    else
      pings.push({
        tunnel: id,
        from: local,
        to: remote,
        remoteId,
        service: `${service.group}/${service.id}`,
        payload: guePing({ group: service.group, service: service.id, key }, remoteId),
      });
  }
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
