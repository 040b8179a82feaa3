// Who is probed: a topology as its rows were made, and each of its services on its way through each of its tunnels.
import type { Endpoint, Port, Protocol } from '../net/endpoint.ts';
import { sameEndpoint } from '../net/endpoint.ts';
import type { GueHeader } from '../packet/gue.ts';
import { serviceKey, type Wanted } from '../tables/table.ts';
import type { Service, Tunnel } from '../topology/topology.ts';
import type { Plan } from './plan.ts';
import { heardFrom } from './probe-pings.ts';

export interface Subject extends Omit<Wanted, 'pathMtus'> {
  /** FEATURE_* of tables.h. */
  readonly topologyFeatures: number;
  /** Services with this proxy; with this endpoint. */
  atProxy(protocol: Protocol, proxy: Endpoint): readonly Service[];
  atEndpoint(protocol: Protocol, endpoint: Endpoint): readonly Service[];
  /** The same host and another port, which no service has: beside a proxy, beside an endpoint. undefined: all ports are taken. */
  besideProxy(protocol: Protocol, proxy: Endpoint): Endpoint | undefined;
  besideEndpoint(protocol: Protocol, endpoint: Endpoint): Endpoint | undefined;
  /** Each once. */
  locals(): readonly Endpoint[];
}

/** One service on its way through one of its tunnels. */
export interface Passage {
  readonly subject: Subject;
  readonly service: Service;
  readonly tunnel: Tunnel;
  /** All that the service may use. */
  readonly tunnels: readonly Tunnel[];
  /** The far end: the tunnel's, or where a learned one is heard from. */
  readonly remote: Endpoint;
  readonly header: GueHeader;
  readonly previousKey: Uint8Array | undefined;
  /** 16 bytes, where the tunnel signs. */
  readonly signKey: Uint8Array | undefined;
  /** Of the tunnel. */
  readonly epoch: bigint;
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint;
}

/** @param positions services that are probed: of the others only those at the same addresses are found again */
export function subjectOf(
  { topology, interfaces, entries, assignments, load }: Plan,
  positions: readonly number[],
): Subject {
  const probed = positions.flatMap((position) => topology.services[position] ?? []);
  const { topologyFeatures } = load;
  return makeSubject({ topology, interfaces, entries, assignments, topologyFeatures }, probed);
}

export function makeSubject(parts: Omit<Subject, keyof Neighbourhood>, probed: readonly Service[]): Subject {
  const { services, tunnels } = parts.topology;
  const proxies = lazily(() => servicesBy(services, probed, ({ proxy }) => proxy));
  const endpoints = lazily(() => servicesBy(services, probed, ({ endpoint }) => endpoint));
  const locals = lazily(() => [...new Map(tunnels.map(({ local }) => [nameOf(local), local])).values()]);
  const atProxy: Subject['atProxy'] = (protocol, proxy) => proxies().get(`${protocol} ${nameOf(proxy)}`) ?? [];
  const atEndpoint: Subject['atEndpoint'] = (protocol, endpoint) =>
    endpoints().get(`${protocol} ${nameOf(endpoint)}`) ?? [];
  return {
    ...parts,
    atProxy,
    atEndpoint,
    besideProxy: besideThoseOf(atProxy),
    besideEndpoint: besideThoseOf(atEndpoint),
    locals,
  };
}

type Neighbourhood = Pick<Subject, 'atProxy' | 'atEndpoint' | 'besideProxy' | 'besideEndpoint' | 'locals'>;

/** One bit away, since a program that misses a bit is found by it; on hosts full of services the first port that is free. */
function besideThoseOf(at: Subject['atProxy']): Subject['besideProxy'] {
  const firstFree = new Map<string, Port | undefined>();
  return (protocol, { ip, port }) => {
    const isFree = (other: number): boolean => other !== 0 && at(protocol, { ip, port: other as Port }).length === 0;
    const bit = bits.find((one) => isFree(port ^ one));
    if (bit !== undefined) return { ip, port: (port ^ bit) as Port };
    const host = `${protocol} ${ip}`;
    if (!firstFree.has(host)) firstFree.set(host, everyPort().find(isFree) as Port | undefined);
    const free = firstFree.get(host);
    return free && { ip, port: free };
  };
}

const bits = Array.from({ length: 16 }, (_, at) => 1 << at);

function everyPort(): number[] {
  return Array.from({ length: 65_535 }, (_, at) => at + 1);
}

function lazily<T>(make: () => T): () => T {
  let made: { readonly value: T } | undefined;
  return () => {
    made ??= { value: make() };
    return made.value;
  };
}

/** Of 100,000 services an apply probes a few: an index of them all would take longer than the probes. */
function servicesBy(
  services: readonly Service[],
  probed: readonly Service[],
  endOf: (service: Service) => Endpoint,
): Map<string, Service[]> {
  const addresses = new Set(probed.map((service) => endOf(service).ip));
  const found = new Map<string, Service[]>();
  for (const service of services) {
    const end = endOf(service);
    if (!addresses.has(end.ip)) continue;
    const name = `${service.protocol} ${nameOf(end)}`;
    const known = found.get(name);
    if (known) known.push(service);
    else found.set(name, [service]);
  }
  return found;
}

function nameOf({ ip, port }: Endpoint): string {
  return `${ip} ${port}`;
}

export function passageTitle({ service: { name, group, id }, tunnel, tunnels }: Passage): string {
  const title = `service "${name}" (${group}/${id})`;
  return tunnels.length > 1 ? `${title} by tunnel ${tunnel.id}` : title;
}

/** Of two tunnels between the same ends the first is meant by what arrives. */
export function passagesOf(subject: Subject, position: number, nowNs: bigint): Passage[] {
  const { topology, assignments } = subject;
  const service = topology.services[position];
  if (!service) return [];
  const tunnels = service.tunnels.flatMap((id) => findTunnel(topology.tunnels, id) ?? []);
  return tunnels.flatMap((tunnel) => {
    const assigned = assignments.tunnels.get(tunnel.id);
    const remote = tunnel.remote === 'learned' ? heardFrom(tunnel) : tunnel.remote;
    if (!remote || !assigned || tunnels.find((other) => haveSameEnds(other, tunnel)) !== tunnel) return [];
    return {
      subject,
      service,
      tunnel,
      tunnels,
      remote,
      header: { group: service.group, service: service.id, key: serviceKey(assignments, position) },
      previousKey: assignments.previousKeys[position],
      signKey: assigned.signKey,
      epoch: assigned.epoch,
      nowNs,
    };
  });
}

function haveSameEnds(a: Tunnel, b: Tunnel): boolean {
  return sameEndpoint(a.local, b.local) && a.header === b.header && sameRemote(a, b);
}

function sameRemote({ remote: a }: Tunnel, { remote: b }: Tunnel): boolean {
  return a === 'learned' || b === 'learned' ? a === b : sameEndpoint(a, b);
}

/** Tunnels are sorted by id. */
export function findTunnel(tunnels: readonly Tunnel[], id: number): Tunnel | undefined {
  let low = 0;
  let high = tunnels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tunnels[middle]?.id ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return tunnels[low]?.id === id ? tunnels[low] : undefined;
}
