// ICMP errors about tunnelled packets, carried both ways: at a node they come to speak of the proxy where they spoke of the
// endpoint, and the other way round, down to the checksums of what they quote.
import { tooBigErrors } from '../../../src/packet/icmp.ts';
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { errorAbout, errorOn, errorsOf, quoteLengths } from './errors.ts';
import {
  answerOf,
  deliveredOf,
  gatewayOf,
  type Kind,
  kinds,
  kindText,
  nodeOf,
  replyOf,
  requestOf,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
  zeroSum,
} from './families.ts';
import type { PacketRecord, RowSet } from './record.ts';
import { both, bytes, mutated, otherTunnelCounter, serviceCounter, through, tunnelId, tunnelRow } from './scene.ts';
import { allWays, passes, type Rest, stops, type Way } from './ways.ts';

const [four, six] = [tcpOf(4), tcpOf(6)];
type How = Parameters<typeof errorOn>[3];
type Fields = NonNullable<Parameters<typeof errorOn>[2]>;

const carried = (
  way: Way,
  kind: Kind,
  name: string,
  fields: Fields = {},
  how: How = {},
  rest: Rest = {},
): PacketRecord => {
  const [before, after] = errorOn(way, kind, fields, how);
  return passes(way, kind, `${kindText(kind)}, ${way}: ${name}`, before, after, rest);
};

function ofKind(kind: Kind): PacketRecord[] {
  return allWays.flatMap((way) => [
    ...errorsOf[kind.inner].map(([name, fields]) => carried(way, kind, name, fields)),
    ...quoteLengths(kind).flatMap(([name, transportBytes]) => [
      carried(way, kind, `a quote of ${name}`, { transportBytes }),
      carried(way, kind, `a router's quote of ${name}`, { transportBytes }, { router: true }),
    ]),
    carried(way, kind, 'a quote of 500 bytes', {}, { quoted: { payload: bytes(480) } }),
    carried(way, kind, 'a quote of an odd length', { transportBytes: 27 }),
    carried(way, kind, 'fields of the quoted header are its own', {}, { quoted: { tos: 0x47, ttl: 1, id: 0x1234 } }),
    carried(way, kind, 'TOS and hop limit of the error are its own', { tos: 0xc0, ttl: 3 }),
  ]);
}

/** Of a checksum of which one byte is quoted nobody can say what it will be: that byte stays. */
function halfSum(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const sumAt = kind.inner === 4 ? 14 + 20 + 16 : 14 + 40 + 16;
  const half = (before: Uint8Array, after: Uint8Array): Uint8Array => mutated(after, sumAt, before[sumAt] ?? 0);
  const fields = { transportBytes: 17 };
  const name = `${kindText(kind)}: a quote that ends within the checksum`;
  const [delivered, answer] = [deliveredOf(kind), answerOf(kind)];
  const [request, reply] = [requestOf(kind), replyOf(kind)];
  return [
    passes(
      'from-server',
      kind,
      `${name}, of an endpoint`,
      errorAbout(delivered, server.ip, client.ip, fields),
      errorAbout(half(delivered, request), proxy.ip, client.ip, fields),
    ),
    passes(
      'to-server',
      kind,
      `${name}, to an endpoint`,
      errorAbout(reply, client.ip, proxy.ip, fields),
      errorAbout(half(reply, answer), client.ip, server.ip, fields),
    ),
  ];
}

const withoutSum = { quoted: { checksum: 'none', payload: bytes(20) } } as const;
function ofUdp(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  return [
    ...allWays.flatMap((way) => [
      carried(way, kind, 'a quoted UDP checksum of zero stays', {}, withoutSum),
      carried(way, kind, 'a quoted UDP checksum of zero stays in 8 bytes', { transportBytes: 8 }, withoutSum),
    ]),
    carried(
      'from-server',
      kind,
      'a quoted UDP checksum that becomes zero is ffff',
      {},
      {
        quoted: { payload: zeroSum(client, proxy) },
      },
    ),
    carried(
      'to-server',
      kind,
      'a quoted UDP checksum that becomes zero is ffff',
      {},
      {
        quoted: { payload: zeroSum(server, client) },
      },
    ),
  ];
}

/** Whoever sends fragments hears of a link that is too narrow for them by the quote of the first. */
function ofFragments(kind: Kind): PacketRecord[] {
  const told = { ...tooBigErrors[kind.inner], word: 1400 };
  const first = { fragment: fragmentBits.moreFragments, id: 0x1234, payload: bytes(64) };
  const text = 'a quote of a first fragment';
  return allWays.flatMap((way) => [
    ...quoteLengths(kind).map(([name, transportBytes]) =>
      carried(way, kind, `${text}, ${name} of it`, { ...told, transportBytes }, { router: true, quoted: first }),
    ),
    carried(way, kind, `${text} whose sender has no checksum`, told, { quoted: { ...first, checksum: 'none' } }),
    ...(kind.inner === 6
      ? [carried(way, kind, 'a quote of a fragment header that makes no fragment', {}, { quoted: { atomic: true } })]
      : []),
  ]);
}

const long = { quoted: { payload: bytes(1600) } };
const dso = { verify: { flags: serviceFlags.dso } };
const { flow, pass } = serviceFlags;
const answerFlow = (kind: Kind, tunnel: number): NonNullable<RowSet['flow']> => {
  const { client, server } = talkers[kind.inner];
  const ends = { endpointIp: server.ip, endpointPort: server.port, clientIp: client.ip, clientPort: client.port };
  return [{ key: { ...ends, protocol: kind.protocol }, value: { tunnel, group: 2, service: 1 } }];
};

/** A node's, in ways that its rows say. */
function byRows(kind: Kind): PacketRecord[] {
  const { gateway, node, otherGateway } = tunnelEnds[kind.outer];
  const [before, after] = errorOn('from-server', kind);
  const ended = (name: string, verdict: PacketRecord['verdict'], rest: Rest): PacketRecord =>
    stops('from-server', kind, `${kindText(kind)}, an error of an endpoint: ${name}`, verdict, before, rest);
  const twoTunnels = [
    tunnelRow(tunnelId, node, gateway),
    tunnelRow(200, node, otherGateway, { counter: otherTunnelCounter }),
  ];
  return [
    ended('in mode dso it leaves straight', 'returned-direct', { out: after, ...dso }),
    ended('it takes the tunnel of the flow that it is about', 'encapsulated', {
      rows: nodeOf(
        kind,
        { tunnel: twoTunnels, flow: answerFlow(kind, 200) },
        { tunnels: [tunnelId, 200, 0, 0], flags: flow },
      ),
      out: through(node, otherGateway, after),
      counted: [serviceCounter, otherTunnelCounter],
    }),
    ended('with fallback pass, about what came through no tunnel it is not touched', 'pass-not-ours', {
      verify: { flags: flow | pass },
    }),
    ended('with fallback pass, about what came through a tunnel it is carried', 'encapsulated', {
      rows: nodeOf(kind, { flow: answerFlow(kind, tunnelId) }, { flags: flow | pass }),
      out: through(node, gateway, after),
    }),
    ended('without service it is dropped, and not changed', 'unknown-service', {
      rows: nodeOf(kind, { verify: [] }),
      counted: [],
    }),
    ended('without tunnel it is dropped, and not changed', 'no-tunnel', { rows: nodeOf(kind, { tunnel: [] }) }),
  ];
}

export const errorsCarried: readonly PacketRecord[] = [
  ...[four, six, udpOf(4), udpOf(6)].flatMap(ofKind),
  ...kinds
    .filter(({ outer, inner }) => outer !== inner)
    .flatMap((kind) => allWays.map((way) => carried(way, kind, 'port unreachable'))),
  ...[four, six].flatMap(halfSum),
  ...[udpOf(4), udpOf(6)].flatMap(ofUdp),
  ...[four, six].flatMap(byRows),
  ...[udpOf(4), udpOf(6), udpOf(6, 4), four, six].flatMap(ofFragments),
  ...(['to-proxy', 'from-server'] as const).flatMap((way) =>
    [four, six].map((kind) =>
      stops(
        way,
        kind,
        `${kindText(kind)}, ${way}: about an error that is too long nobody is told`,
        'too-big',
        errorOn(way, kind, {}, long)[0],
      ),
    ),
  ),
  stops(
    'to-proxy',
    four,
    'an error for a service whose tunnel is gone leaves nothing in the clear',
    'no-tunnel',
    errorOn('to-proxy', four)[0],
    {
      rows: gatewayOf(four, { tunnel: [] }),
    },
  ),
  stops(
    'to-proxy',
    six,
    'an error for a tunnel that has learned nothing is dropped',
    'no-remote',
    errorOn('to-proxy', six)[0],
    {
      rows: gatewayOf(six, { tunnel: [tunnelRow(tunnelId, tunnelEnds[6].gateway, 'learned')] }),
      counted: both,
    },
  ),
  ...allWays.flatMap((way) => [
    stops(
      way,
      four,
      `${way}: an error that ends before its header says is refused`,
      'bad-inner',
      cut(errorOn(way, four)[0], 17),
    ),
    stops(
      way,
      six,
      `${way}: an error over IPv6 that ends before its header says is refused`,
      'bad-inner',
      cut(errorOn(way, six)[0], 19),
    ),
  ]),
];

/** With a length, at this place, that is a byte more than the truth. */
function cut(frame: Uint8Array, at: number): Uint8Array {
  return mutated(frame, at, (frame[at] ?? 0) + 1);
}
