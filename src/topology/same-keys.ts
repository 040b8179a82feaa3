// Secrets that must differ and do not. Asked twice: of keys written in the file when it is read, of all when they are resolved.
// No key, and no part of one, is in any problem.
import { type Problem, problem } from '../problem.ts';
import type { KeySource, ResolvedKey, Service, Topology, TopologyKeys } from './topology.ts';
import { quote } from './wording.ts';

/** Of those that stand in the file itself. */
export function sameWrittenKeys(topology: Topology): Problem[] {
  return hasSecondKeys(topology) ? sameKeyProblems(topology, writtenKeys(topology)) : [];
}

export function sameKeyProblems(topology: Topology, keys: TopologyKeys): Problem[] {
  return hasSecondKeys(topology) ? [...samePrevious(topology, keys), ...sameSigning(topology, keys)] : [];
}

/** Most topologies have none, and 100,000 services are not compared in vain. */
function hasSecondKeys({ services, tunnels }: Topology): boolean {
  return services.some(({ previousKey }) => previousKey !== 'none') || tunnels.some(({ sign }) => sign !== 'none');
}

/** What is elsewhere counts as `keep`. */
function writtenKeys({ services, tunnels }: Topology): TopologyKeys {
  const written = (source: KeySource): ResolvedKey => (source.kind === 'bytes' ? source.bytes : 'keep');
  return {
    services: services.map(({ key }) => written(key)),
    previous: services.map(({ previousKey }) => (previousKey === 'none' ? 'none' : written(previousKey))),
    signing: tunnels.map(({ sign }) => (sign === 'none' ? 'none' : written(sign.key))),
  };
}

function samePrevious({ services }: Topology, keys: TopologyKeys): Problem[] {
  return services.flatMap((service, at) =>
    isSame(keys.services[at], keys.previous[at])
      ? problem('same-key', `key and previousKey of service ${quote(service.name)} are equal`, {
          place: service.place,
          hint: 'leave previousKey out, or write the new key as key and the one before it as previousKey',
        })
      : [],
  );
}

/** A key travels in the clear in every packet: who has seen one could sign with it. */
function sameSigning({ tunnels, services }: Topology, keys: TopologyKeys): Problem[] {
  if (!keys.signing.some((key) => key instanceof Uint8Array)) return [];
  const users = new Map<number, [service: Service, at: number][]>();
  for (const [at, service] of services.entries())
    for (const id of service.tunnels) {
      const known = users.get(id);
      if (known) known.push([service, at]);
      else users.set(id, [[service, at]]);
    }
  return tunnels.flatMap(({ id, place }, tunnelAt) => {
    const signing = keys.signing[tunnelAt];
    const found = users
      .get(id)
      ?.find(([, at]) => isSame(signing, keys.services[at]) || isSame(signing, keys.previous[at]));
    if (!found) return [];
    const message = `the key that signs pings of tunnel ${id} is a key of service ${quote(found[0].name)}`;
    return problem('same-key', message, {
      place,
      hint: 'give the tunnel a secret of its own: the key of a service travels in the clear',
    });
  });
}

function isSame(a: ResolvedKey | 'none' | undefined, b: ResolvedKey | 'none' | undefined): boolean {
  return a instanceof Uint8Array && b instanceof Uint8Array && Buffer.compare(a, b) === 0;
}
