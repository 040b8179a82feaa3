// Topologies as the reader would let them pass, made for property tests: small pools of ids and addresses, so that two of them
// meet often, with local endpoints shared by tunnels, learned and static remotes, several tunnels for one service, both families.
import fc from 'fast-check';
import { type Endpoint, formatEndpoint, type Port } from '../../src/net/endpoint.ts';
import type { Family, Ip } from '../../src/net/ip.ts';
import { comparePrefixes, type Prefix } from '../../src/net/prefix.ts';
import { formatPacket } from '../../src/packet/words/format.ts';
import type { HookWords } from '../../src/packet/words/hook.ts';
import type { PacketWords } from '../../src/packet/words/words.ts';
import { verdicts } from '../../src/tables/verdicts.ts';
import {
  type Expectation,
  type KeySource,
  type Role,
  type Service,
  type Signing,
  serviceDefaults,
  type Topology,
  type TopologyInterface,
  type Tunnel,
} from '../../src/topology/topology.ts';
import { anyPacket, anyPlain } from './packet-words.ts';

const place = { file: 'made-up.yaml', line: 1, column: 1 };

interface Nets {
  readonly 4: string;
  readonly 6: string;
}

const endpointIn =
  (nets: Nets, hosts: number, ports: readonly number[]) =>
  (family: Family): fc.Arbitrary<Endpoint> =>
    fc.record({
      ip: fc.integer({ min: 1, max: hosts }).map((host) => `${nets[family]}${host}` as Ip),
      port: fc.constantFrom(...ports).map((port) => port as Port),
    });

const localIn = endpointIn({ 4: '172.16.0.', 6: '2001:db8:16::' }, 2, [6080, 6081]);
const remoteIn = endpointIn({ 4: '172.16.1.', 6: '2001:db8:17::' }, 4, [6080, 65535]);
const proxyIn = endpointIn({ 4: '5.5.5.', 6: '2001:db8:5::' }, 6, [80, 443, 3100]);
const serverIn = endpointIn({ 4: '10.0.0.', 6: 'fd00::' }, 8, [80, 4000, 8080]);
const tunnelIds = [1, 2, 3, 7, 100, 4294967295] as const;

/** IPv4 three times in four: most rows then meet in one table's corner. */
const family: fc.Arbitrary<Family> = fc.constantFrom<Family[]>(4, 4, 4, 6);

const key: fc.Arbitrary<KeySource> = fc
  .oneof(fc.uint8Array({ minLength: 16, maxLength: 16 }), fc.constant(new Uint8Array(16).fill(0x41)))
  .map((bytes) => ({ kind: 'bytes', bytes }));

/** Of a pool that no key of a service comes from: the two must differ. */
const signingKey: fc.Arbitrary<KeySource> = fc
  .constantFrom(0x53, 0x54)
  .map((octet) => ({ kind: 'bytes', bytes: new Uint8Array(16).fill(octet) }));

const prefixes: readonly Prefix[] = [
  { ip: '0.0.0.0' as Ip, bits: 1 },
  { ip: '10.0.0.0' as Ip, bits: 8 },
  { ip: '203.0.113.0' as Ip, bits: 24 },
  { ip: '203.0.113.7' as Ip, bits: 32 },
  { ip: '::' as Ip, bits: 0 },
  { ip: '2001:db8::' as Ip, bits: 32 },
];

const role: fc.Arbitrary<Role> = fc.constantFrom('gateway', 'node');

const interfaceNames = ['eth0', 'eth1', 'eth2'] as const;

/** Each field by itself; what excludes what is in `sound`. */
const anyTunnel = (of: Role): fc.Arbitrary<Tunnel> =>
  family.chain((family) =>
    fc.record<Tunnel>({
      id: fc.constantFrom(...tunnelIds),
      localFrom: fc.constant('address' as const),
      local: localIn(family),
      remote: of === 'gateway' ? fc.oneof(remoteIn(family), fc.constant('learned' as const)) : remoteIn(family),
      remoteId: fc.constantFrom(...tunnelIds),
      pingIntervalMs: fc.constantFrom(0, 1000, 10_000),
      mtuBytes: fc.constantFrom<(number | 'path')[]>('path', family === 6 ? 1280 : 576, 1500),
      header: fc.constantFrom<Tunnel['header'][]>('keyed', 'keyed', 'keyed', 'short'),
      source: fc.constantFrom('by-key', 'strict'),
      sourcePort: fc.constantFrom<Tunnel['sourcePort'][]>('local', 'local', 'flow-hash'),
      sign: fc.oneof(
        fc.constant('none' as const),
        fc.record<Signing>({ key: signingKey, required: of === 'gateway' ? fc.boolean() : fc.constant(false) }),
      ),
      allowFrom: fc.subarray([...prefixes]).map((some) => some.sort(comparePrefixes)),
      movesPerMinute: fc.constantFrom(0, 10, 65535),
      place: fc.constant(place),
    }),
  );

function sound(of: Role, tunnel: Tunnel): Tunnel {
  const isLearned = tunnel.remote === 'learned';
  const isShort = tunnel.header === 'short' && !isLearned;
  const isPinging = of === 'node' && tunnel.pingIntervalMs > 0;
  const sourcePort = isShort || isPinging ? 'local' : tunnel.sourcePort;
  return {
    ...tunnel,
    remoteId: of === 'gateway' && !isShort ? tunnel.id : tunnel.remoteId,
    header: isShort ? 'short' : 'keyed',
    ...(isShort && { source: 'by-key', sign: 'none' }),
    sourcePort,
    ...(!isLearned && { allowFrom: [], movesPerMinute: 0 }),
    ...(of === 'gateway' && !isLearned && { pingIntervalMs: 0 }),
  };
}

const tunnelsOf = (of: Role): fc.Arbitrary<Tunnel[]> =>
  fc
    .uniqueArray(
      anyTunnel(of).map((tunnel) => sound(of, tunnel)),
      {
        maxLength: 5,
        comparator: excludes,
      },
    )
    .map((tunnels) => tunnels.sort((a, b) => a.id - b.id));

function excludes(a: Tunnel, b: Tunnel): boolean {
  return a.id === b.id || ((a.header === 'short' || b.header === 'short') && sameEnds(a, b));
}

function sameEnds(a: Tunnel, b: Tunnel): boolean {
  if (a.remote === 'learned' || b.remote === 'learned') return false;
  return same(a.local, b.local) && same(a.remote, b.remote);
}

function same(a: Endpoint, b: Endpoint): boolean {
  return formatEndpoint(a) === formatEndpoint(b);
}

const anyService = (of: Role, tunnels: readonly Tunnel[]): fc.Arbitrary<Service> => {
  const ids = tunnels.map(({ id }) => id);
  const isNode = of === 'node';
  return family.chain((family) =>
    fc.record<Service>({
      name: fc.constantFrom('web', 'dns', 'mail', 'x'),
      group: fc.constantFrom(0, 2, 65535),
      id: fc.constantFrom(0, 1, 2, 65535),
      protocol: fc.constantFrom('tcp', 'udp'),
      proxy: proxyIn(family),
      endpoint: serverIn(family),
      tunnels: fc.shuffledSubarray(ids, { minLength: 1, maxLength: Math.min(4, ids.length) }),
      key,
      previousKey: fc.oneof({ weight: 2, arbitrary: fc.constant('none' as const) }, key),
      via: isNode
        ? fc.constant('any' as const)
        : fc.constantFrom<Service['via'][]>(
            'any',
            'any',
            'local',
            ...interfaceNames.map((name) => ({ interface: name })),
          ),
      fallback: isNode ? fc.constantFrom('first', 'pass') : fc.constant('first' as const),
      echo: isNode ? fc.constantFrom('pass', 'carry') : fc.constantFrom('pass', 'answer', 'carry'),
      mode: isNode ? fc.constantFrom('standard', 'dso') : fc.constant('standard' as const),
      far: isNode
        ? fc.constant(serviceDefaults.far)
        : fc.record<Service['far']>({
            endpoint: fc.oneof(fc.constant('unsaid' as const), serverIn(family)),
            mode: fc.constantFrom('unsaid', 'standard', 'dso'),
          }),
      place: fc.constant(place),
    }),
  );
};

/** Services that may stand together, of such as may not. */
function together(of: Role, tunnels: readonly Tunnel[], services: readonly Service[]): Service[] {
  const short = new Set(tunnels.filter(({ header }) => header === 'short').map(({ id }) => id));
  const kept: Service[] = [];
  for (const one of services) {
    const isShort = one.tunnels.some((id) => short.has(id));
    const neighbours = kept.filter(({ proxy }) => proxy.ip === one.proxy.ip);
    const service: Service = {
      ...one,
      endpoint: of === 'gateway' ? one.proxy : one.endpoint,
      previousKey: sameKey(one.key, one.previousKey) ? 'none' : one.previousKey,
      via: isShort ? 'any' : one.via,
      echo: echoBeside(neighbours, isShort && one.echo === 'carry' ? 'pass' : one.echo),
    };
    if (!kept.some((other) => collide(of, other, service))) kept.push(service);
  }
  return kept.sort((a, b) => a.group - b.group || a.id - b.id);
}

function echoBeside(neighbours: readonly Service[], wanted: Service['echo']): Service['echo'] {
  const [first] = neighbours;
  if (!first) return wanted;
  if (first.echo === 'answer') return 'answer';
  return wanted === 'carry' && !neighbours.some(({ echo }) => echo === 'carry') ? 'carry' : 'pass';
}

function collide(of: Role, a: Service, b: Service): boolean {
  if (a.group === b.group && a.id === b.id) return true;
  if (a.protocol !== b.protocol) return false;
  if (same(a.proxy, b.proxy) && JSON.stringify(a.via) === JSON.stringify(b.via)) return true;
  return of === 'node' && same(a.endpoint, b.endpoint) && !(a.fallback === 'pass' && b.fallback === 'pass');
}

function sameKey(a: KeySource, b: Service['previousKey']): boolean {
  return b !== 'none' && a.kind === 'bytes' && b.kind === 'bytes' && Buffer.compare(a.bytes, b.bytes) === 0;
}

const servicesOf = (of: Role, tunnels: readonly Tunnel[]): fc.Arbitrary<Service[]> =>
  tunnels.length === 0
    ? fc.constant([])
    : fc.array(anyService(of, tunnels), { maxLength: 6 }).map((services) => together(of, tunnels, services));

/** eth0 to eth2, each with the flags that its role implies and perhaps others. */
const interfacesOf = (of: Role): fc.Arbitrary<TopologyInterface[]> =>
  fc.subarray([...interfaceNames], { minLength: 1 }).chain((names) =>
    fc.tuple(
      ...names.map((name) =>
        fc.record({ ingress: fc.constantFrom(0, 0, 4, 8), egress: fc.constantFrom(0, 0, 16, 20, 8) }).map((flags) => ({
          name,
          flags: { ingress: 1 | flags.ingress, egress: (of === 'gateway' ? 1 : 0) | flags.egress },
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
      leftOut: [],
      expectations: [],
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
  const added = b.tunnels.filter((one) => !a.tunnels.some((tunnel) => excludes(tunnel, one)));
  return {
    ...a,
    interfaces: parts & 1 ? b.interfaces : a.interfaces,
    tunnels: parts & 2 ? [...a.tunnels, ...added].sort((x, y) => x.id - y.id) : a.tunnels,
    services: parts & 4 ? a.services.filter((_, position) => position % 2) : a.services,
  };
}

const hookIn = (texts: readonly string[]): fc.Arbitrary<HookWords> =>
  fc.record({
    interface: fc.option(fc.constantFrom(...texts), { nil: undefined }),
    direction: fc.constant('egress' as const),
    entered: fc.constantFrom(undefined, 'local', ...texts),
  });

/** Expectations that this topology's file could hold, met or not. */
export function expectationsOf({ tunnels, services, interfaces }: Topology): fc.Arbitrary<Expectation[]> {
  const ids = tunnels.length ? fc.constantFrom(...tunnels.map(({ id }) => id)) : undefined;
  const plainPacket = anyPlain.map((packet): PacketWords => ({ kind: 'plain', packet, vlan: undefined }));
  const packet: fc.Arbitrary<PacketWords> = ids ? anyPacket(ids) : plainPacket;
  const any = fc.constant('any' as const);
  const expectation = fc
    .record({
      label: fc.constantFrom('', 'a label', 'ü: "x"'),
      packet,
      at: fc.oneof(fc.constant('usual' as const), hookIn(interfaces.map(({ name }) => name))),
      verdict: fc.constantFrom(...verdicts.map(({ name }) => name)),
      tunnel: ids ? fc.oneof(any, ids) : any,
      service: services.length
        ? fc.oneof(any, fc.constantFrom(...services.map(({ group, id }) => ({ group, id }))))
        : any,
      out: fc.oneof(any, plainPacket),
    })
    .map(({ label, ...one }): Expectation => ({ ...one, name: label || formatPacket(one.packet), place }));
  return fc.array(expectation, { maxLength: 4 });
}
