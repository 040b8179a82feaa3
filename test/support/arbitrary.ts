// Topologies as the reader would let them pass, made for property tests: small pools of ids and addresses, so that two of them
// meet often, with local endpoints shared by tunnels, learned and static remotes, several tunnels for one service.
import fc from 'fast-check';
import type { Endpoint, Port, Protocol } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import {
  type KeySource,
  type Role,
  type Service,
  serviceDefaults,
  type Topology,
  type TopologyInterface,
  type Tunnel,
  tunnelDefaults,
} from '../../src/topology/topology.ts';

const place = { file: 'made-up.yaml', line: 1, column: 1 };

const endpointIn = (net: string, hosts: number, ports: readonly number[]): fc.Arbitrary<Endpoint> =>
  fc.record({
    ip: fc.integer({ min: 1, max: hosts }).map((host) => `${net}.${host}` as Ip),
    port: fc.constantFrom(...ports).map((port) => port as Port),
  });

const local = endpointIn('172.16.0', 2, [6080, 6081]);
const remote = endpointIn('172.16.1', 4, [6080, 65535]);
const proxyEndpoint = endpointIn('5.5.5', 6, [80, 443, 3100]);
const serverEndpoint = endpointIn('10.0.0', 8, [80, 4000, 8080]);
const tunnelIds = [1, 2, 3, 7, 100, 4294967295] as const;

const key: fc.Arbitrary<KeySource> = fc
  .oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.constant(new Uint8Array(16).fill(0x41)))
  .map((bytes) => ({ kind: 'bytes', bytes }));

const role: fc.Arbitrary<Role> = fc.constantFrom('gateway', 'node');

const tunnelsOf = (of: Role): fc.Arbitrary<Tunnel[]> =>
  fc
    .uniqueArray(
      fc
        .record({
          id: fc.constantFrom(...tunnelIds),
          local,
          remote: of === 'gateway' ? fc.oneof(remote, fc.constant('learned' as const)) : remote,
          remoteId: fc.constantFrom(...tunnelIds),
          pingIntervalMs: fc.constantFrom(0, 1000, 10_000),
          mtuBytes: fc.constantFrom<(number | 'path')[]>('path', 576, 1500),
        })
        .map((one) => ({ ...one, ...tunnelDefaults })),
      { selector: ({ id }) => id, maxLength: 5 },
    )
    .map((tunnels) =>
      tunnels
        .map((one) => (of === 'gateway' ? { ...one, remoteId: one.id, pingIntervalMs: 0, place } : { ...one, place }))
        .sort((a, b) => a.id - b.id),
    );

interface RawService {
  readonly name: string;
  readonly group: number;
  readonly id: number;
  readonly protocol: Protocol;
  readonly proxy: Endpoint;
  readonly endpoint: Endpoint;
  readonly tunnels: readonly number[];
  readonly key: KeySource;
  readonly mode: 'standard' | 'dso';
}

const servicesOf = (of: Role, tunnels: readonly Tunnel[]): fc.Arbitrary<Service[]> => {
  if (!tunnels.length) return fc.constant([]);
  const ids = tunnels.map(({ id }) => id);
  const raw: fc.Arbitrary<RawService> = fc.record({
    name: fc.constantFrom('web', 'dns', 'mail', 'x'),
    group: fc.constantFrom(0, 2, 65535),
    id: fc.constantFrom(0, 1, 2, 65535),
    protocol: fc.constantFrom('tcp', 'udp'),
    proxy: proxyEndpoint,
    endpoint: serverEndpoint,
    tunnels: fc.shuffledSubarray(ids, { minLength: 1, maxLength: of === 'gateway' ? 1 : Math.min(4, ids.length) }),
    key,
    mode: fc.constantFrom('standard', 'dso'),
  });
  const text = (protocol: string, { ip, port }: Endpoint): string => `${protocol} ${ip}:${port}`;
  return fc
    .uniqueArray(raw, {
      maxLength: 6,
      comparator: (a, b) =>
        (a.group === b.group && a.id === b.id) ||
        text(a.protocol, a.proxy) === text(b.protocol, b.proxy) ||
        (of === 'node' && text(a.protocol, a.endpoint) === text(b.protocol, b.endpoint)),
    })
    .map((services) =>
      services
        .map((one) =>
          of === 'gateway'
            ? { ...one, ...serviceDefaults, endpoint: one.proxy, mode: 'standard' as const, place }
            : { ...one, ...serviceDefaults, place },
        )
        .sort((a, b) => a.group - b.group || a.id - b.id),
    );
};

/** eth0 to eth2, each with the flags that its role implies and perhaps `fib`. */
const interfacesOf = (of: Role): fc.Arbitrary<TopologyInterface[]> =>
  fc.subarray(['eth0', 'eth1', 'eth2'], { minLength: 1 }).chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.boolean().map((fib) => ({
          name,
          flags: { ingress: 1, egress: (of === 'gateway' ? 1 : 0) | (fib ? 16 : 0) },
          place,
        })),
      ),
    ),
  );

export const topologyOf = (of: Role, name = 'epic-1'): fc.Arbitrary<Topology> =>
  fc.tuple(tunnelsOf(of), interfacesOf(of), fc.constantFrom(0, 1, 4294967295)).chain(([tunnels, interfaces, id]) =>
    servicesOf(of, tunnels).map((services) => ({
      name,
      id,
      role: of,
      interfaces,
      flags: { ingress: 1, egress: of === 'gateway' ? 1 : 0 },
      tunnels,
      services,
      sourceDigest: new Uint8Array(32),
      place,
    })),
  );

export const anyTopology: fc.Arbitrary<Topology> = role.chain((of) => topologyOf(of));

/** Two topologies of one instance: usually the second is the first with some of its parts taken from a third, sometimes of another role. */
export const topologyPair: fc.Arbitrary<readonly [Topology, Topology]> = fc.oneof(
  {
    weight: 3,
    arbitrary: role.chain((of) =>
      fc.tuple(topologyOf(of), topologyOf(of), fc.nat(7)).map(([a, b, parts]) => [a, mixed(a, b, parts)] as const),
    ),
  },
  { weight: 1, arbitrary: fc.tuple(anyTopology, anyTopology) },
);

/** `a` with the parts of `b` that the bits choose: 1 interfaces, 2 tunnels that a does not have, 4 every second service gone. */
function mixed(a: Topology, b: Topology, parts: number): Topology {
  const added = b.tunnels.filter(({ id }) => !a.tunnels.some((tunnel) => tunnel.id === id));
  return {
    ...a,
    interfaces: parts & 1 ? b.interfaces : a.interfaces,
    tunnels: parts & 2 ? [...a.tunnels, ...added].sort((x, y) => x.id - y.id) : a.tunnels,
    services: parts & 4 ? a.services.filter((_, position) => position % 2) : a.services,
  };
}
