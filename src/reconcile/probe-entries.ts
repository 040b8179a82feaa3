// Where a probe's request enters the host, so that it is the meant service's and no other's with the same proxy (`via`).
import { featureBits } from '../tables/features.ts';
import type { Service } from '../topology/topology.ts';
import type { Subject } from './probe-subject.ts';

/** The host's own packet. */
const own = 0;
const loopback = 1;

/** An interface, or 0 for the host's own packet, by which a request for this service enters. */
export function entryOf(subject: Subject, service: Service): number {
  return named(subject, service) ?? unnamed(subject, service) ?? own;
}

/** One by which a request for this proxy enters that is no service's; undefined: there is none, or nobody can tell. */
export function elsewhereOf(subject: Subject, service: Service): number | undefined {
  if (service.via === 'any' || alike(subject, service).some(({ via }) => via === 'any')) return undefined;
  return unnamed(subject, service);
}

function named({ entries }: Subject, { via }: Service): number | undefined {
  if (via === 'any') return undefined;
  return via === 'local' ? own : entries.get(via.interface);
}

/** That no service with this proxy names. */
function unnamed(subject: Subject, service: Service): number | undefined {
  const taken = new Set(alike(subject, service).map((one) => named(subject, one)));
  return [own, ...subject.interfaces.map(({ ifindex }) => ifindex), loopback].find((entry) => !taken.has(entry));
}

function alike(subject: Subject, { protocol, proxy }: Service): readonly Service[] {
  return subject.topologyFeatures & featureBits.via ? subject.atProxy(protocol, proxy) : [];
}
