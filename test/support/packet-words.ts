// Packets in words, and a host with tunnels for them to come through.
import fc from 'fast-check';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import { type Family, familyOf, type Ip, ipFromOctets, parseIp } from '../../src/net/ip.ts';
import type { ModelService, ModelTunnel } from '../../src/packet/model/tables.ts';
import { ipHeaderBytes, shortestBytes } from '../../src/packet/words/lengths.ts';
import type { TunnelDirectory } from '../../src/packet/words/outer.ts';
import {
  type EchoWords,
  flagNames,
  type IpWords,
  type PacketWords,
  type PlainWords,
  type SegmentWords,
  type Signature,
  type TunnelWords,
} from '../../src/packet/words/words.ts';

const port = fc.integer({ min: 1, max: 65535 }).map((number) => number as Port);
const u16 = fc.integer({ min: 0, max: 65535 });
const u8 = fc.integer({ min: 0, max: 255 });

const ipv6 = fc
  .uint8Array({ minLength: 16, maxLength: 16 })
  .map((octets) => ipFromOctets(octets))
  .filter((ip) => parseIp(ip) !== undefined);

/** Of a pool with proxies in it, so that packets meet services. */
const ipIn = (family: Family): fc.Arbitrary<Ip> =>
  family === 4
    ? fc.oneof(
        fc.constantFrom('5.5.5.5' as Ip, '10.0.0.9' as Ip),
        fc.ipV4().map((ip) => ip as Ip),
      )
    : fc.oneof(fc.constant('2001:db8:5::5' as Ip), ipv6);

const family: fc.Arbitrary<Family> = fc.constantFrom(4, 6);

const optionally = <T>(some: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.option(some, { nil: undefined, freq: 3 });

const ipWords = (of: Family): fc.Arbitrary<IpWords> =>
  fc.record({
    source: ipIn(of),
    destination: ipIn(of),
    lengthBytes: fc.integer({ min: 0, max: 1500 }),
    ttl: u8,
    tos: u8,
    dontFragment: fc.boolean(),
  });

/** Lengths are raised and rounded to what the rest allows. */
function sound<T extends PlainWords>(words: T, more: Pick<SegmentWords, 'mss' | 'fragment'>): T {
  const shape = { kind: words.kind, family: familyOf(words.source), ...more };
  const header = ipHeaderBytes(shape);
  const length = Math.max(words.lengthBytes, shortestBytes(shape));
  return {
    ...words,
    lengthBytes: more.fragment?.more ? header + Math.ceil((length - header) / 8) * 8 : length,
    dontFragment: shape.family === 4 && !more.fragment && words.dontFragment,
  };
}

const proxyPort = fc.oneof(fc.constant(3100 as Port), port);

const segment: fc.Arbitrary<SegmentWords> = family.chain((of) =>
  fc
    .record({
      kind: fc.constantFrom<SegmentWords['kind'][]>('tcp', 'udp'),
      ip: ipWords(of),
      ports: fc.record({ source: proxyPort, destination: proxyPort }),
      flags: fc.subarray([...flagNames], { minLength: 1 }),
      mss: optionally(u16),
      fragment: optionally(
        fc.record({ offset: fc.integer({ min: 0, max: 8191 }).map((n) => n * 8), more: fc.boolean(), id: u16 }),
      ),
    })
    .map(({ kind, ip, ports, flags, mss, fragment: some }) => {
      const fragment = some && { ...some, more: some.more || some.offset === 0 };
      const isLater = fragment !== undefined && fragment.offset > 0;
      const hasTcp = kind === 'tcp' && !isLater;
      const clamp = hasTcp && flags.includes('syn') ? mss : undefined;
      const words = {
        kind,
        ...ip,
        ports: isLater ? undefined : ports,
        flags: hasTcp ? flags : [],
        mss: clamp,
        fragment,
      };
      return sound(words, { mss: clamp, fragment });
    }),
);

const echo: fc.Arbitrary<EchoWords> = family.chain((of) =>
  fc
    .record({ kind: fc.constantFrom<EchoWords['kind'][]>('icmp', 'icmp-reply'), ip: ipWords(of), identifier: u16 })
    .map(({ kind, ip, identifier }) => sound({ kind, ...ip, identifier }, { mss: undefined, fragment: undefined })),
);

export const anyPlain: fc.Arbitrary<PlainWords> = fc.oneof(segment, echo);

const endpointIn = (of: Family): fc.Arbitrary<Endpoint> => fc.record({ ip: ipIn(of), port });

const anyWay = (ids: fc.Arbitrary<number>): fc.Arbitrary<TunnelWords> =>
  family.chain((of) =>
    fc.record({
      id: ids,
      service: optionally(fc.record({ group: fc.constantFrom(2, 65535), id: fc.constantFrom(1, 2, 3) })),
      from: optionally(endpointIn(of)),
      to: optionally(endpointIn(of)),
      key: fc.constantFrom<TunnelWords['key'][]>('right', 'previous', 'wrong'),
      tos: optionally(u8),
    }),
  );

export function anyPacket(
  ids: fc.Arbitrary<number> = fc.integer({ min: 1, max: 4294967295 }),
): fc.Arbitrary<PacketWords> {
  const vlan = optionally(fc.integer({ min: 0, max: 4095 }));
  return fc.oneof(
    fc.tuple(vlan, anyPlain).map(([vlan, packet]): PacketWords => ({ kind: 'plain', packet, vlan })),
    fc
      .tuple(vlan, anyPlain, anyWay(ids))
      .map(([vlan, packet, tunnel]): PacketWords => ({ kind: 'tunnelled', packet, tunnel, vlan })),
    fc
      .tuple(vlan, fc.constantFrom<Signature[]>('as-configured', 'none', 'wrong'), anyWay(ids))
      .map(([vlan, signature, tunnel]): PacketWords => ({ kind: 'ping', signature, tunnel, vlan })),
  );
}

const at = (ip: string, number: number): Endpoint => ({ ip: ip as Ip, port: number as Port });

function tunnelOf(id: number, changes: Partial<ModelTunnel>): ModelTunnel {
  return {
    id,
    epoch: 1n,
    local: at('172.1.0.3', 6080),
    remote: at('172.1.0.4', 6080),
    remoteId: id,
    mtuBytes: 1500,
    short: false,
    strict: false,
    hashPort: false,
    signKey: undefined,
    signRequired: false,
    allow: undefined,
    movesPerMinute: 0,
    ...changes,
  };
}

function serviceOf(id: number, changes: Partial<ModelService>): ModelService {
  return {
    group: 2,
    service: id,
    key: new Uint8Array(16).fill(id),
    previousKey: undefined,
    protocol: 6,
    proxy: at('5.5.5.5', 3100),
    endpoint: undefined,
    tunnels: [100],
    dso: false,
    remembersFlow: false,
    passesUnknown: false,
    echo: false,
    ...changes,
  };
}

/** Tunnels 100 (static), 101 (learned and known, signs), 102 (learned, never heard of), 103 (short), over both families. */
export function directoryOf(role: TunnelDirectory['role']): TunnelDirectory {
  const tunnels = [
    tunnelOf(100, {}),
    tunnelOf(101, { remote: 'learned', signKey: new Uint8Array(16).fill(9) }),
    tunnelOf(102, { remote: 'learned' }),
    tunnelOf(103, { short: true, local: at('2001:db8::3', 6080), remote: at('2001:db8::4', 6080) }),
  ];
  const services = [
    serviceOf(1, { tunnels: [100, 101] }),
    serviceOf(2, { protocol: 17, tunnels: [101], previousKey: new Uint8Array(16).fill(7) }),
    serviceOf(3, { proxy: at('2001:db8:5::5', 3100), tunnels: [100, 103] }),
  ];
  return {
    role,
    tunnel: (id) => tunnels.find((one) => one.id === id),
    learnedRemote: ({ id }) => (id === 101 ? at('203.0.113.9', 41000) : undefined),
    service: (group, id) => services.find((one) => one.group === group && one.service === id),
    services: () => services,
    nowNs: () => 1_700_000_000_000_000_000n,
  };
}
