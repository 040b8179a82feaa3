// Topologies for tests, built in code: small, valid, and varied by overriding a field.
import type { Endpoint } from '../../src/net/endpoint.ts';
import { parseEndpoint } from '../../src/net/endpoint.ts';
import type { ResolvedInterface } from '../../src/tables/table.ts';
import {
  type KeySource,
  type ResolvedKey,
  type Service,
  serviceDefaults,
  type Topology,
  type TopologyKeys,
  type Tunnel,
  tunnelDefaults,
} from '../../src/topology/topology.ts';

export function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return parsed;
}

export const somewhere = { file: 'test.yaml', line: 1, column: 1 };

export function keyOf(text: string): Uint8Array {
  const key = new Uint8Array(16);
  key.set(new TextEncoder().encode(text));
  return key;
}

export function tunnelOf(id: number, more: Partial<Tunnel> = {}): Tunnel {
  return {
    id,
    local: endpoint('172.1.0.4:6080'),
    remote: endpoint('172.1.0.3:6080'),
    remoteId: id,
    pingIntervalMs: 0,
    mtuBytes: 'path',
    ...tunnelDefaults,
    place: somewhere,
    ...more,
  };
}

export function serviceOf(id: number, more: Partial<Service> = {}): Service {
  const proxy = more.proxy ?? endpoint(`5.5.5.5:${3000 + id}`);
  return {
    name: `service-${id}`,
    group: 2,
    id,
    protocol: 'tcp',
    endpoint: proxy,
    tunnels: [100],
    key: { kind: 'bytes', bytes: keyOf(`key-${id}`) },
    mode: 'standard',
    ...serviceDefaults,
    place: somewhere,
    ...more,
    proxy,
  };
}

export function topologyOf(more: Partial<Topology> = {}): Topology {
  return {
    name: 'epic-1',
    id: 1,
    role: 'gateway',
    interfaces: [],
    flags: { ingress: 1, egress: 1 },
    tunnels: [tunnelOf(100)],
    services: [serviceOf(1)],
    leftOut: [],
    expectations: [],
    sourceDigest: new Uint8Array(32),
    place: somewhere,
    ...more,
  };
}

export function interfaceOf(name: string, ifindex: number): ResolvedInterface {
  return { name, ifindex, flags: { ingress: 1, egress: 1 }, place: somewhere };
}

/** The keys of a topology whose keys are all written as bytes. */
export function keysOf({ services, tunnels }: Topology): TopologyKeys {
  const resolved = (key: KeySource): ResolvedKey => (key.kind === 'bytes' ? key.bytes : 'keep');
  return {
    services: services.map(({ key }) => resolved(key)),
    previous: services.map(({ previousKey }) => (previousKey === 'none' ? previousKey : resolved(previousKey))),
    signing: tunnels.map(({ sign }) => (sign === 'none' ? sign : resolved(sign.key))),
  };
}
