// IPv6 outside, inside or both: every combination of families goes in and comes out, on both sides, and what becomes of the
// fields that the families do not share.
import { guePing } from '../../../src/packet/gue.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import {
  answerOf,
  deliveredOf,
  gatewayOf,
  type Kind,
  kinds,
  kindText,
  replyOf,
  requestOf,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
  zeroSum,
} from './families.ts';
import { knows } from './pings.ts';
import type { PacketRecord } from './record.ts';
import { bytes, key, peerRow, service, through, tunnelId, tunnelRow } from './scene.ts';
import { everyWay, passes, stops } from './ways.ts';

const six = tcpOf(6);
const fourOverSix = tcpOf(4, 6);
const ends = tunnelEnds[6];
const request = requestOf(six);
const reply = replyOf(six);
const zeroPayload = zeroSum(talkers[6].client, talkers[6].server);

function combination(kind: Kind): PacketRecord[] {
  const text = kindText(kind);
  const fields = { payload: bytes(33) };
  return [
    ...everyWay(kind, text, fields),
    stops(
      'from-server',
      kind,
      `${text}: in mode dso a reply leaves straight`,
      'returned-direct',
      answerOf(kind, fields),
      {
        out: replyOf(kind, fields),
        verify: { flags: serviceFlags.dso },
      },
    ),
    stops('from-proxy', kind, `${text}: a wrong key is refused`, 'bad-key', replyOf(kind), {
      verify: { key: key.map((byte) => byte ^ 1) },
    }),
    stops('to-server', kind, `${text}: at a node a wrong key is refused`, 'bad-key', requestOf(kind), {
      verify: { key: key.map((byte) => byte ^ 0x80) },
    }),
  ];
}

/** What congestion on the way makes of the packet inside. */
function congestion(kind: Kind, tos: number, outer: number, after: number): PacketRecord {
  const name = `${kindText(kind)}: class ${tos.toString(16)} that came in ${outer.toString(16)} is ${after.toString(16)}`;
  const [before, marked] = [replyOf(kind, { tos }), replyOf(kind, { tos: after })];
  return passes('from-proxy', kind, name, before, marked, { outer: { tos: outer } });
}

const ping = buildUdp({ source: ends.node, destination: ends.gateway, payload: guePing(service, tunnelId) });
const learning = gatewayOf(six, { tunnel: [tunnelRow(tunnelId, ends.gateway, 'learned')] });

export const ipv6: readonly PacketRecord[] = [
  ...kinds.flatMap(combination),
  ...everyWay(udpOf(6), 'UDP without checksum', { checksum: 'none' }),
  passes(
    'to-server',
    udpOf(6),
    'a UDP checksum that becomes zero is written as ffff',
    requestOf(udpOf(6), { payload: zeroPayload }),
    deliveredOf(udpOf(6), { payload: zeroPayload }),
  ),

  ...[six, tcpOf(6, 4), fourOverSix].flatMap((kind) => [
    ...everyWay(kind, `${kindText(kind)}, traffic class and ECN`, { tos: 0xb9 }),
    congestion(kind, 0xb9, 0xbb, 0xbb),
    congestion(kind, 0x2a, 0x29, 0x29),
    congestion(kind, 0x2a, 0x28, 0x2a),
    congestion(kind, 0x03, 0x00, 0x03),
    congestion(kind, 0xfe, 0x03, 0xff),
    stops(
      'from-proxy',
      kind,
      `${kindText(kind)}: congestion that nobody inside knows of drops`,
      'congested',
      replyOf(kind),
      {
        outer: { tos: 0xbb },
      },
    ),
  ]),
  passes(
    'to-server',
    six,
    'congestion met on the way reaches the translated packet',
    requestOf(six, { tos: 1 }),
    deliveredOf(six, { tos: 3 }),
    { outer: { tos: 3 } },
  ),
  ...everyWay(six, 'flow label and hop limit stay inside', { flowLabel: 0xabcde, ttl: 3 }),
  passes('from-proxy', six, 'flow label and hop limit outside are nobody’s', reply, reply, {
    outer: { ttl: 2, flowLabel: 7 },
  }),
  passes(
    'to-proxy',
    fourOverSix,
    'without DF there is no identification in IPv6',
    requestOf(fourOverSix, { fragment: 0 }),
  ),
  ...everyWay(fourOverSix, 'IPv4 options in IPv6', { options: Uint8Array.of(1, 1, 1, 0) }),
  passes('from-proxy', tcpOf(6, 4), 'an outer packet without DF may carry IPv6', reply, reply, {
    outer: { fragment: 0, id: 5 },
  }),
  passes('from-proxy', six, 'who comes from elsewhere is believed by the key', reply, reply, {
    packet: through(ends.stranger, ends.gateway, reply),
  }),

  stops('from-proxy', six, 'a ping is learned', 'ping-accepted', ping, {
    packet: ping,
    rows: learning,
    peers: knows('[2001:db8:1::3]:6080', 0),
  }),
  stops('from-proxy', six, 'a ping from elsewhere moves the remote', 'ping-moved', ping, {
    packet: buildUdp({ source: ends.stranger, destination: ends.gateway, payload: guePing(service, tunnelId) }),
    rows: { ...learning, peer: [peerRow(ends.node)] },
    peers: knows('[2001:db8:7::7]:1234', 4),
  }),
  passes('to-proxy', six, 'after a ping, the tunnel carries', request, request, {
    rows: learning,
    before: [{ hook: 'ingress', packet: ping, verdict: 'ping-accepted' }],
  }),
  stops('to-proxy', six, 'a tunnel that has learned nothing carries nothing', 'no-remote', request, { rows: learning }),
];
