// Frames that a topology's programs have an opinion on: requests, replies, GUE data and pings as they should be, and then with a
// field, a byte or the length wrong. For comparing the programs with their model.
import fc from 'fast-check';
import type { ProbePacket } from '../../src/datapath/port.ts';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import { gueThen, gueWords } from '../../src/packet/gue.ts';
import { fragmentBits, type Ipv4Fields, packetOf } from '../../src/packet/ipv4.ts';
import { buildTcp, buildUdp } from '../../src/packet/transport.ts';
import type { Direction, Service, Topology } from '../../src/topology/topology.ts';

const client: Endpoint = { ip: '198.51.100.7' as Ip, port: 40000 as Port };
const stranger: Endpoint = { ip: '203.0.113.9' as Ip, port: 53 as Port };

const fields: fc.Arbitrary<Ipv4Fields> = fc.record(
  {
    tos: fc.constantFrom(0, 1, 2, 3, 0xb8, 0xff),
    id: fc.constantFrom(1, 2),
    fragment: fc.oneof(
      { weight: 8, arbitrary: fc.constantFrom<number>(fragmentBits.dontFragment, 0) },
      { weight: 1, arbitrary: fc.constantFrom(fragmentBits.moreFragments, fragmentBits.moreFragments | 5, 5) },
    ),
  },
  { requiredKeys: [] },
);
const withOptions: fc.Arbitrary<Ipv4Fields> = fc.oneof(
  { weight: 9, arbitrary: fields },
  { weight: 1, arbitrary: fields.map((some) => ({ ...some, options: new Uint8Array(4).fill(1) })) },
);
const payload = fc.uint8Array({ maxLength: 9 });

const keyOf = ({ key }: Service): Uint8Array => (key.kind === 'bytes' ? key.bytes : new Uint8Array(16));

type Way = readonly [source: Endpoint, destination: Endpoint];

/** A packet that goes one of these ways, in this protocol more often than not. */
function segment(ways: readonly Way[], protocol: Service['protocol']): fc.Arbitrary<Uint8Array> {
  return fc
    .record({ way: fc.constantFrom(...ways), fields: withOptions, payload, swap: fc.nat(5), sum: fc.nat(3) })
    .map(({ way: [source, destination], fields: some, payload: data, swap, sum }) => {
      const udp = swap ? protocol === 'udp' : protocol !== 'udp';
      const packet = { ...some, source, destination, payload: data };
      return udp ? buildUdp({ ...packet, checksum: sum ? 'right' : 'none' }) : buildTcp(packet);
    });
}

/** GUE to a tunnel's local endpoint: mostly in order, sometimes with another's key, word, service or tunnel. */
function encapsulated(topology: Topology, service: Service, inner: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  const { tunnels, services } = topology;
  const remotes = tunnels.flatMap(({ remote }) => (remote === 'learned' ? [] : [remote]));
  return fc
    .record({
      tunnel: fc.constantFrom(...tunnels),
      source: fc.constantFrom(...remotes, stranger),
      fields: withOptions,
      of: fc.oneof(
        { weight: 5, arbitrary: fc.constant(service) },
        { weight: 1, arbitrary: fc.constantFrom(...services) },
      ),
      key: fc.oneof(
        { weight: 5, arbitrary: fc.constant(undefined) },
        { weight: 1, arbitrary: fc.uint8Array({ minLength: 16, maxLength: 16 }) },
      ),
      word: fc.oneof(
        { weight: 5, arbitrary: fc.constantFrom<number>(gueWords.data, gueWords.data, gueWords.ping) },
        { weight: 1, arbitrary: fc.constantFrom(0x4504a000, 0x0504a001, 0x05042000, 0) },
      ),
      inner,
    })
    .map(({ tunnel, source, fields: some, of, key, word, inner: frame }) => {
      const id = new Uint8Array(4);
      new DataView(id.buffer).setUint32(0, tunnel.id);
      const header = { group: of.group, service: of.id, key: key ?? keyOf(service) };
      const rest = word === gueWords.ping ? id : packetOf(frame);
      return buildUdp({
        ...some,
        source,
        destination: tunnel.local,
        payload: gueThen(word, header, rest),
        checksum: 'none',
      });
    });
}

/** One byte behind the Ethernet header changed, bytes cut off or added; most frames are left as they are. */
function spoilt(frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<Uint8Array> {
  return fc.tuple(frame, fc.nat(9), fc.nat(), fc.nat(255)).map(([whole, how, where, byte]) => {
    const at = 14 + (where % Math.max(whole.length - 14, 1));
    const copy = whole.slice();
    if (how === 0) copy[at] = byte;
    if (how === 1) return copy.subarray(0, Math.max(at, 34));
    return how === 2 ? Buffer.concat([copy, new Uint8Array((byte % 8) + 1)]) : copy;
  });
}

export function packetsFor(topology: Topology, ifindex: number): fc.Arbitrary<ProbePacket[]> {
  const { services, tunnels, role } = topology;
  const anything = segment([[client, stranger], ...tunnels.map(({ local }): Way => [stranger, local])], 'udp');
  const at = (direction: Direction, frame: fc.Arbitrary<Uint8Array>): fc.Arbitrary<ProbePacket> =>
    spoilt(frame).map((bytes) => ({
      direction,
      ifindex,
      ingressIfindex: direction === 'ingress' ? ifindex : 0,
      frame: new Uint8Array(bytes),
    }));
  const packet = (of: Service | undefined): fc.Arbitrary<ProbePacket> => {
    if (!of) return fc.oneof(at('ingress', anything), at('egress', anything));
    const request = segment([[client, of.proxy]], of.protocol);
    const reply = segment([[of.proxy, client]], of.protocol);
    const served = segment([[of.endpoint, client]], of.protocol);
    const [sent, received] = role === 'gateway' ? [request, reply] : [served, request];
    return fc.oneof(
      { weight: 6, arbitrary: at('egress', sent) },
      { weight: 6, arbitrary: at('ingress', encapsulated(topology, of, received)) },
      { weight: 2, arbitrary: at('ingress', encapsulated(topology, of, spoilt(received))) },
      { weight: 1, arbitrary: at('ingress', encapsulated(topology, of, sent)) },
      { weight: 1, arbitrary: at('egress', received) },
      { weight: 1, arbitrary: at('ingress', anything) },
    );
  };
  const some = services.length ? fc.constantFrom(...services).chain(packet) : packet(undefined);
  return fc.array(some, { minLength: 20, maxLength: 60 });
}
