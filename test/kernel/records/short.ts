// The short header: no key, a tunnel's number at the far end; taken only between the two ends of a tunnel that has it.
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { tcpFlags } from '../../../src/packet/transport.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import {
  answerOf,
  deliveredOf,
  type Fields,
  type Kind,
  kinds,
  kindText,
  replyOf,
  requestOf,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './families.ts';
import { type Pieces, pieces } from './pieces.ts';
import type { PacketRecord } from './record.ts';
import { bytes, serviceCounter, tooBigAnswer, tunnelId, tunnelRow } from './scene.ts';
import { remoteId, rowsOf, shortly, withShort } from './short-rows.ts';
import { passes, type Rest, stops, type Way } from './ways.ts';

const [four, six] = [tcpOf(4), tcpOf(6)];

const carried = (
  way: Way,
  kind: Kind,
  name: string,
  before: Uint8Array,
  after = before,
  rest: Rest = {},
): PacketRecord => {
  const isOut = way === 'to-proxy' || way === 'from-server';
  return passes(way, kind, name, before, after, {
    rows: rowsOf(way, kind),
    ...withShort,
    ...(isOut ? { out: shortly(way, kind, after, remoteId) } : { packet: shortly(way, kind, before, tunnelId) }),
    ...rest,
  });
};

function everyWay(kind: Kind): PacketRecord[] {
  const fields = { payload: bytes(33) };
  const text = kindText(kind);
  return [
    carried('to-proxy', kind, `${text}: a request goes with the number of the far end`, requestOf(kind, fields)),
    carried(
      'to-server',
      kind,
      `${text}: a request goes on to the endpoint`,
      requestOf(kind, fields),
      deliveredOf(kind, fields),
    ),
    carried(
      'from-server',
      kind,
      `${text}: a reply leaves in the proxy's name`,
      answerOf(kind, fields),
      replyOf(kind, fields),
    ),
    carried('from-proxy', kind, `${text}: a reply comes out of its tunnel`, replyOf(kind, fields)),
  ];
}

const mss = (value: number): Fields => ({
  flags: tcpFlags.syn,
  tcpOptions: Uint8Array.of(2, 4, value >> 8, value & 255),
});
const overheads = { 4: 36, 6: 56 } as const;

/** A tunnel with the short header takes 16 bytes more. */
function sizes(kind: Kind): PacketRecord[] {
  const fits = 1500 - overheads[kind.outer];
  const headerBytes = kind.inner === 4 ? 40 : 60;
  const { client, proxy } = talkers[kind.inner];
  const rows = rowsOf('to-proxy', kind, {}, {}, 1500);
  const just = requestOf(kind, { payload: bytes(fits - headerBytes) });
  const long = requestOf(kind, { payload: bytes(fits - headerBytes + 1) });
  const most = fits - headerBytes;
  return [
    carried('to-proxy', kind, `${kindText(kind)}: what just fits is carried`, just, just, { rows }),
    carried(
      'to-proxy',
      kind,
      `${kindText(kind)}: a SYN offers no more than what fits`,
      requestOf(kind, mss(8960)),
      requestOf(kind, mss(most)),
      { rows },
    ),
    carried(
      'from-proxy',
      kind,
      `${kindText(kind)}: a SYN out of the tunnel as well`,
      replyOf(kind, mss(8960)),
      replyOf(kind, mss(most)),
      {
        rows: rowsOf('from-proxy', kind, {}, {}, 1500),
      },
    ),
    stops('to-proxy', kind, `${kindText(kind)}: of what is too long the sender is told`, 'too-big-answered', long, {
      rows,
      out: tooBigAnswer(long, { from: proxy, to: client, fits }),
      action: 7,
      ...withShort,
    }),
  ];
}

/** A later fragment of a datagram, by the ports of the first. */
function fragments(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const whole = { fragment: kind.inner === 4 ? 0 : fragmentBits.dontFragment, id: 0x99 };
  const [request, delivered, reply] = [pieces(client, proxy), pieces(client, server), pieces(proxy, client)];
  const came = (way: Way, { first, middle }: Pieces): Rest => ({
    packet: shortly(way, kind, middle, tunnelId, whole),
    before: [{ hook: 'ingress', packet: shortly(way, kind, first, tunnelId, whole), verdict: 'decapsulated' }],
  });
  const text = kindText(kind);
  return [
    carried(
      'from-proxy',
      kind,
      `${text}: a later fragment goes the way of its first`,
      reply.middle,
      reply.middle,
      came('from-proxy', reply),
    ),
    carried(
      'to-server',
      kind,
      `${text}: a later fragment goes to its endpoint`,
      request.middle,
      delivered.middle,
      came('to-server', request),
    ),
  ];
}

export const short: readonly PacketRecord[] = [
  ...kinds.flatMap(everyWay),
  ...[four, six, tcpOf(4, 6), tcpOf(6, 4)].flatMap(sizes),
  ...[udpOf(4), udpOf(6)].flatMap(fragments),
  carried('from-server', four, 'in mode dso no tunnel is needed', answerOf(four), replyOf(four), {
    verdict: 'returned-direct',
    rows: rowsOf('from-server', four, { tunnel: [] }, { flags: serviceFlags.dso }),
    out: replyOf(four),
    counted: [serviceCounter],
  }),
  carried('to-proxy', four, 'a static remote has a number of its own', requestOf(four), requestOf(four), {
    rows: rowsOf('to-proxy', four, {
      tunnel: [
        tunnelRow(tunnelId, tunnelEnds[4].gateway, tunnelEnds[4].node, { flags: tunnelFlags.short, remoteId: 9 }),
      ],
    }),
    out: shortly('to-proxy', four, requestOf(four), 9),
  }),
  carried('to-proxy', four, 'congestion marks go out as they are', requestOf(four, { tos: 3 })),
  carried(
    'from-proxy',
    six,
    'congestion met on the way reaches the inner packet',
    replyOf(six, { tos: 2 }),
    replyOf(six, { tos: 3 }),
    {
      packet: shortly('from-proxy', six, replyOf(six, { tos: 2 }), tunnelId, { tos: 3 }),
    },
  ),
];
