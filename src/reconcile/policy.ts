// What an apply may do to what is live and not as the file says: everything (sync), nothing that takes away (upsert-only),
// nothing but to add (create-only). A pure step before planning: file and live rows become the topology to plan for, so that
// rows, probes and verification need not know of it, and what is kept is shown.
import type { HostInterface } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { Service, Topology, TopologyKeys, Tunnel } from '../topology/topology.ts';
import { serviceNumber } from './assign.ts';
import type { TableRows } from './digest.ts';
import { ingest, withoutOddities } from './ingest.ts';
import type { ObjectChange } from './objects.ts';

export const policies = ['sync', 'upsert-only', 'create-only'] as const;
export type Policy = (typeof policies)[number];

/** A topology with what the host and its keys' sources add to it. */
export interface Intent {
  readonly topology: Topology;
  readonly keys: TopologyKeys;
  readonly interfaces: readonly ResolvedInterface[];
  /** Indexes of the interfaces that services name under `via`, by name. */
  readonly entries: ReadonlyMap<string, number>;
}

/** The intent under a policy. `live` undefined: nothing is, so that every policy does the same. */
export function underPolicy(
  policy: Policy,
  wanted: Intent,
  live: TableRows | undefined,
  here: readonly HostInterface[],
): Intent {
  if (policy === 'sync' || !live) return wanted;
  const nameOf = (ifindex: number) => here.find((one) => one.ifindex === ifindex)?.name;
  const kept = withoutOddities(ingest(wanted.topology.name, live, nameOf).topology);
  const wins = policy === 'create-only' ? 'live' : 'file';
  const tunnels = merged(withKeys(wanted, 'tunnels'), liveTunnels(kept), ({ tunnel }) => tunnel.id, wins);
  const services = merged(withKeys(wanted, 'services'), liveServices(kept), identityOf, wins);
  const entries = new Map(wanted.entries);
  for (const { service } of services) {
    const { via } = service;
    if (typeof via === 'string' || entries.has(via.interface)) continue;
    const found = here.find(({ name }) => name === via.interface)?.ifindex;
    // Of an interface that is gone its index is all that is left.
    entries.set(via.interface, found ?? Number(via.interface.split(':')[1] ?? 0));
  }
  return {
    topology: {
      ...wanted.topology,
      id: wins === 'live' ? kept.id : wanted.topology.id,
      tunnels: tunnels.map(({ tunnel }) => tunnel),
      services: services.map(({ service }) => service),
    },
    keys: {
      signing: tunnels.map(({ signing }) => signing),
      services: services.map(({ key }) => key),
      previous: services.map(({ previous }) => previous),
    },
    interfaces: merged(wanted.interfaces, liveInterfaces(kept, here), ({ ifindex }) => ifindex, wins),
    entries,
  };
}

interface KeyedTunnel {
  readonly tunnel: Tunnel;
  readonly signing: TopologyKeys['signing'][number];
}
interface KeyedService {
  readonly service: Service;
  readonly key: TopologyKeys['services'][number];
  readonly previous: TopologyKeys['previous'][number];
}

const identityOf = ({ service: { group, id } }: KeyedService): number => serviceNumber(group, id);

function withKeys(intent: Intent, what: 'tunnels'): KeyedTunnel[];
function withKeys(intent: Intent, what: 'services'): KeyedService[];
function withKeys({ topology, keys }: Intent, what: 'tunnels' | 'services'): unknown[] {
  if (what === 'tunnels')
    return topology.tunnels.map((tunnel, at) => ({ tunnel, signing: keys.signing[at] ?? 'none' }));
  return topology.services.map((service, at) => ({
    service,
    key: keys.services[at] ?? 'keep',
    previous: keys.previous[at] ?? 'none',
  }));
}

function liveTunnels({ tunnels }: Topology): KeyedTunnel[] {
  return tunnels.map((tunnel) => ({ tunnel, signing: tunnel.sign === 'none' ? 'none' : 'keep' }));
}

function liveServices({ services }: Topology): KeyedService[] {
  return services.map((service) => ({
    service,
    key: 'keep',
    previous: service.previousKey === 'none' ? 'none' : 'keep',
  }));
}

/** One that is gone from this host cannot be kept on it. */
function liveInterfaces({ interfaces }: Topology, here: readonly HostInterface[]): ResolvedInterface[] {
  return interfaces.flatMap((one) => {
    const found = here.find(({ name }) => name === one.name);
    return found ? [{ ...one, ifindex: found.ifindex }] : [];
  });
}

/** Both, by identity, in its order: topologies are sorted. */
function merged<T>(
  file: readonly T[],
  live: readonly T[],
  identity: (one: T) => number,
  wins: 'file' | 'live',
): readonly T[] {
  const [second, first] = wins === 'live' ? [file, live] : [live, file];
  const known = new Map(second.map((one) => [identity(one), one]));
  for (const one of first) known.set(identity(one), one);
  return [...known].sort(([a], [b]) => a - b).map(([, one]) => one);
}

/** Half a gateway and half a node is nothing that could run. */
export function roleProblems(policy: Policy, { topology }: Intent, live: TableRows | undefined): Problem[] {
  if (policy === 'sync' || !live || live.config.count === 0) return [];
  const { role } = ingest(topology.name, live, () => undefined).topology;
  if (role === topology.role) return [];
  const message = `instance "${topology.name}" is a ${role}, and the file makes it a ${topology.role}: ${policy} cannot keep what that takes away`;
  return [problem('kept-conflict', message, { place: topology.place, hint: 'say --policy sync if that is meant' })];
}

/**
 * What a policy keeps from the changes that sync would make: deletions, and under create-only updates.
 * Interfaces, tunnels and services; what they share follows them.
 */
export function withheld(sync: readonly ObjectChange[], planned: readonly ObjectChange[]): ObjectChange[] {
  const done = new Set(planned.map(nameOfChange));
  return sync.filter(
    (one) =>
      one.action !== 'create' &&
      (one.kind === 'tunnel' || one.kind === 'service' || one.kind === 'interface') &&
      !done.has(nameOfChange(one)),
  );
}

function nameOfChange({ action, kind, id }: ObjectChange): string {
  return `${action} ${kind} ${id}`;
}
