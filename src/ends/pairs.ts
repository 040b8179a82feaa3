// What belongs together in the files of a gateway and a node: services by group and id, tunnels by their ends and numbers.
// It finds pairs; whether they agree is agreement.ts.
import { type Endpoint, sameEndpoint } from '../net/endpoint.ts';
import { familyOf } from '../net/ip.ts';
import type { Service, Topology, TopologyKeys, Tunnel } from '../topology/topology.ts';

/** One host, as its file says. */
export interface End {
  readonly topology: Topology;
  readonly keys: TopologyKeys;
}

/** A gateway and one of its nodes. */
export interface TwoEnds {
  readonly gateway: End;
  readonly node: End;
}

/** Positions are those in the two topologies. */
export interface ServicePair {
  readonly gateway: Service;
  readonly node: Service;
  readonly atGateway: number;
  readonly atNode: number;
}

export interface TunnelPair {
  readonly gateway: Tunnel;
  readonly node: Tunnel;
  readonly atGateway: number;
  readonly atNode: number;
  /** A service that travels through it; undefined: none of both files does. */
  readonly service: Service | undefined;
}

export interface Pairs {
  readonly services: readonly ServicePair[];
  readonly tunnels: readonly TunnelPair[];
  /** Services of both whose tunnels have nothing in common. */
  readonly apart: readonly ServicePair[];
}

export function pairsOf({ gateway, node }: TwoEnds): Pairs {
  const services = pairServices(gateway.topology, node.topology);
  const tunnels = new Map<string, TunnelPair>();
  const gatewayTunnels = positions(gateway.topology.tunnels);
  const nodeTunnels = positions(node.topology.tunnels);
  const add = (near: Placed, far: Placed, service?: Service): void => {
    const name = `${near.tunnel.id} ${far.tunnel.id}`;
    const known = tunnels.get(name);
    if (known && (known.service || !service)) return;
    tunnels.set(name, { gateway: near.tunnel, node: far.tunnel, atGateway: near.at, atNode: far.at, service });
  };
  const apart: ServicePair[] = [];
  for (const pair of services) {
    const far = pair.node.tunnels.flatMap((id) => nodeTunnels.get(id) ?? []);
    const met = pair.gateway.tunnels.flatMap((id, position) => {
      const near = gatewayTunnels.get(id);
      // The first carries requests and must lead to the node; the others may be on their way in or out of use.
      const best = near && (position === 0 ? bestOf(near.tunnel, far) : exactly(near.tunnel, far));
      if (near && best) add(near, best, pair.gateway);
      return best ?? [];
    });
    if (met.length === 0) apart.push(pair);
  }
  // Those that no common service uses, where both their ends and numbers say that they are one.
  for (const far of nodeTunnels.values()) {
    const near = gatewayTunnels.get(far.tunnel.remoteId);
    if (near && meets(near.tunnel, far.tunnel)) add(near, far);
  }
  return { services, tunnels: [...tunnels.values()], apart };
}

interface Placed {
  readonly tunnel: Tunnel;
  readonly at: number;
}

function positions(tunnels: readonly Tunnel[]): Map<number, Placed> {
  return new Map(tunnels.map((tunnel, at) => [tunnel.id, { tunnel, at }]));
}

function pairServices(gateway: Topology, node: Topology): ServicePair[] {
  const far = new Map(node.services.map((service, at) => [serviceName(service), { service, at }]));
  return gateway.services.flatMap((service, atGateway) => {
    const other = far.get(serviceName(service));
    return other ? { gateway: service, node: other.service, atGateway, atNode: other.at } : [];
  });
}

/** `2/1`. */
export function serviceName({ group, id }: Pick<Service, 'group' | 'id'>): string {
  return `${group}/${id}`;
}

/** The node sends where the gateway listens. */
export function meets(gateway: Tunnel, node: Tunnel): boolean {
  return node.remote !== 'learned' && isLocal(node.remote, gateway);
}

/** As far as a file can tell: of an end that is an interface's address it says family and port. */
export function isLocal(endpoint: Endpoint, { local, localFrom }: Tunnel): boolean {
  if (localFrom === 'address') return sameEndpoint(endpoint, local);
  return endpoint.port === local.port && familyOf(endpoint.ip) === localFrom.family;
}

/** Ends and number, else ends, else number: a mistake in one of them must not hide which tunnel is meant. */
function bestOf(near: Tunnel, candidates: readonly Placed[]): Placed | undefined {
  return (
    exactly(near, candidates) ??
    candidates.find(({ tunnel }) => meets(near, tunnel)) ??
    candidates.find(({ tunnel }) => tunnel.remoteId === near.id) ??
    // One tunnel and no gateway but this one: it cannot be meant for another.
    (candidates.length === 1 && hasSameAddress(near, candidates[0]?.tunnel) ? candidates[0] : undefined)
  );
}

function exactly(near: Tunnel, candidates: readonly Placed[]): Placed | undefined {
  return candidates.find(({ tunnel }) => tunnel.remoteId === near.id && meets(near, tunnel));
}

function hasSameAddress({ local, localFrom }: Tunnel, node: Tunnel | undefined): boolean {
  if (!node || node.remote === 'learned') return false;
  return localFrom === 'address' ? node.remote.ip === local.ip : familyOf(node.remote.ip) === localFrom.family;
}
