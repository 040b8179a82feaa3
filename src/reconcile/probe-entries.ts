// Where a probe's request enters the host, so that it is the meant service's and no other's with the same proxy (`via`).
import { sameEndpoint } from '../net/endpoint.ts';
import { featureBits } from '../tables/features.ts';
import type { Service } from '../topology/topology.ts';
import type { Plan } from './plan.ts';

/** The host's own packet. */
const own = 0;
const loopback = 1;

/** An interface, or 0 for the host's own packet, by which a request for this service enters. */
export function entryOf(plan: Plan, service: Service): number {
  return named(plan, service) ?? unnamed(plan, service) ?? own;
}

/** One by which a request for this proxy enters that is no service's; undefined: there is none, or nobody can tell. */
export function elsewhereOf(plan: Plan, service: Service): number | undefined {
  if (service.via === 'any' || alike(plan, service).some(({ via }) => via === 'any')) return undefined;
  return unnamed(plan, service);
}

function named({ entries }: Plan, { via }: Service): number | undefined {
  if (via === 'any') return undefined;
  return via === 'local' ? own : entries.get(via.interface);
}

/** That no service with this proxy names. */
function unnamed(plan: Plan, service: Service): number | undefined {
  const taken = new Set(alike(plan, service).map((one) => named(plan, one)));
  return [own, ...plan.interfaces.map(({ ifindex }) => ifindex), loopback].find((entry) => !taken.has(entry));
}

function alike({ topology, load }: Plan, { protocol, proxy }: Service): readonly Service[] {
  if (!(load.topologyFeatures & featureBits.via)) return [];
  return topology.services.filter((one) => one.protocol === protocol && sameEndpoint(one.proxy, proxy));
}
