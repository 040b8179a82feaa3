// What is too long for a tunnel where either family is IPv6: packet too big, which never says less than 1280 (RFC 8200 section 5),
// and fragments, of which the first alone is answered.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { checksum, pseudoHeaderSum } from '../../../src/packet/checksum.ts';
import { icmpProtocols } from '../../../src/packet/icmp.ts';
import { fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { tcpFlags } from '../../../src/packet/transport.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import {
  answerOf,
  deliveredOf,
  type Fields,
  gatewayOf,
  type Kind,
  nodeOf,
  replyOf,
  requestOf,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './families.ts';
import type { PacketRecord, RowSet } from './record.ts';
import { at, bytes, mutated, tooBigAnswer, tunnelId, tunnelRow } from './scene.ts';
import { passes, type Rest, stops } from './ways.ts';

const { tcp } = protocolNumbers;
const redirected = 7;
const overheads = { 4: 52, 6: 72 } as const;
const ipBytes = { 4: 20, 6: 40 } as const;
const macs = { destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 1), sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2) };
const turnedMacs = { destinationMac: macs.sourceMac, sourceMac: macs.destinationMac };

const tunnels = ({ outer }: Kind, mtu: number, role: PacketRecord['role']): RowSet => {
  const { gateway, node } = tunnelEnds[outer];
  const [local, remote] = role === 'gateway' ? [gateway, node] : [node, gateway];
  return { tunnel: [tunnelRow(tunnelId, local, remote, { mtu })] };
};
const text = ({ outer, inner, protocol }: Kind): string =>
  `${protocol === tcp ? 'TCP' : 'UDP'} of IPv${inner} over IPv${outer}`;
const headerBytes = ({ inner, protocol }: Kind): number => ipBytes[inner] + (protocol === tcp ? 20 : 8);

function ofKind(kind: Kind): PacketRecord[] {
  const mtu = 1500;
  const fits = mtu - overheads[kind.outer];
  const { client, proxy, server } = talkers[kind.inner];
  const payload = bytes(fits - headerBytes(kind));
  const just = requestOf(kind, { payload });
  const fields = { ...macs, payload: bytes(payload.length + 1) };
  const [long, longAnswer] = [requestOf(kind, fields), answerOf(kind, fields)];
  const rows = gatewayOf(kind, tunnels(kind, mtu, 'gateway'));
  const nodeRows = nodeOf(kind, tunnels(kind, mtu, 'node'));
  const told = (name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
    stops('to-proxy', kind, `${text(kind)}: ${name}`, 'too-big-answered', packet, {
      rows,
      out: tooBigAnswer(packet, { from: proxy, to: client, fits, macs }),
      action: redirected,
      ...rest,
    });
  return [
    passes('to-proxy', kind, `${text(kind)}: what just fits is carried`, just, just, { rows }),
    told('of what is too long by a byte the sender is told', long),
    told('what this host itself sends is answered at the ingress of the device', long, {
      local: true,
      out: tooBigAnswer(long, { from: proxy, to: client, fits, macs: turnedMacs }),
    }),
    told(
      'class, hop limit and the rest of what is quoted are its own',
      requestOf(kind, { ...fields, tos: 0x47, ttl: 3 }),
    ),
    stops(
      'from-server',
      kind,
      `${text(kind)}: a node tells its server in the terms that the server knows`,
      'too-big-answered',
      longAnswer,
      {
        rows: nodeRows,
        out: tooBigAnswer(longAnswer, { from: client, to: server, fits, macs: turnedMacs }),
        action: redirected,
      },
    ),
    stops('from-server', kind, `${text(kind)}: in mode dso a long reply needs no room`, 'returned-direct', longAnswer, {
      rows: nodeOf(kind, tunnels(kind, mtu, 'node'), { flags: serviceFlags.dso }),
      out: replyOf(kind, fields),
    }),
  ];
}

const mss = (value: number, flags: number = tcpFlags.syn): Fields => ({
  flags,
  tcpOptions: Uint8Array.of(2, 4, value >> 8, value & 255),
});

function segments(kind: Kind): PacketRecord[] {
  const fits = 1500 - overheads[kind.outer];
  const most = fits - ipBytes[kind.inner] - 20;
  const rows = gatewayOf(kind, tunnels(kind, 1500, 'gateway'));
  const nodeRows = nodeOf(kind, tunnels(kind, 1500, 'node'));
  const synAck = tcpFlags.syn | tcpFlags.ack;
  const dso = nodeOf(kind, tunnels(kind, 1500, 'node'), { flags: serviceFlags.dso });
  return [
    passes(
      'to-proxy',
      kind,
      `${text(kind)}: a SYN offers no more than what fits`,
      requestOf(kind, mss(8960)),
      requestOf(kind, mss(most)),
      { rows },
    ),
    passes(
      'to-proxy',
      kind,
      `${text(kind)}: an MSS that fits stays`,
      requestOf(kind, mss(most)),
      requestOf(kind, mss(most)),
      { rows },
    ),
    passes(
      'from-proxy',
      kind,
      `${text(kind)}: a SYN with ACK out of a tunnel as well`,
      replyOf(kind, mss(8960, synAck)),
      replyOf(kind, mss(most, synAck)),
      { rows },
    ),
    passes(
      'to-server',
      kind,
      `${text(kind)}: a SYN to an endpoint as well`,
      requestOf(kind, mss(8960)),
      deliveredOf(kind, mss(most)),
      { rows: nodeRows },
    ),
    passes(
      'from-server',
      kind,
      `${text(kind)}: a SYN with ACK of an endpoint as well`,
      answerOf(kind, mss(8960, synAck)),
      replyOf(kind, mss(most, synAck)),
      { rows: nodeRows },
    ),
    passes(
      'to-server',
      kind,
      `${text(kind)}: in mode dso a SYN to an endpoint keeps its MSS`,
      requestOf(kind, mss(8960)),
      deliveredOf(kind, mss(8960)),
      { rows: dso },
    ),
    stops(
      'from-server',
      kind,
      `${text(kind)}: in mode dso a SYN with ACK offers no more than what fits`,
      'returned-direct',
      answerOf(kind, mss(8960, synAck)),
      {
        rows: dso,
        out: replyOf(kind, mss(most, synAck)),
      },
    ),
  ];
}

/** As the stack leaves a checksum that a device is to finish; the answer's sum is of what will stand there. */
function unfinished(kind: Kind): PacketRecord {
  const { client, proxy } = talkers[kind.inner];
  const fits = 1500 - overheads[kind.outer];
  const frame = requestOf(kind, { payload: bytes(fits) });
  const [quotedBytes, field] = kind.protocol === tcp ? [20, 16] : [8, 6];
  const sumAt = at.ip + 40 + field;
  new DataView(frame.buffer).setUint16(
    sumAt,
    pseudoHeaderSum(client.ip, proxy.ip, kind.protocol, frame.length - at.ip - 40),
  );
  const filled = Uint8Array.of(
    2,
    0,
    0,
    0,
    0,
    0,
    fits >> 8,
    fits & 255,
    ...packetOf(frame).subarray(0, 40 + quotedBytes),
  );
  new DataView(filled.buffer).setUint16(8 + 40 + field, checksum(filled.subarray(8 + 40)) || 0xffff);
  const sum = checksum(filled, pseudoHeaderSum(proxy.ip, client.ip, icmpProtocols[6], filled.length));
  return stops(
    'to-proxy',
    kind,
    `${text(kind)}: a quoted checksum that is unfinished counts as what it will be`,
    'too-big-answered',
    frame,
    {
      rows: gatewayOf(kind, tunnels(kind, 1500, 'gateway')),
      out: tooBigAnswer(frame, { from: proxy, to: client, fits, sum }),
      action: redirected,
    },
  );
}

/** A tunnel that takes less than 1280 bytes. */
function narrow(kind: Kind, fits: number, says: number): PacketRecord {
  const { client, proxy } = talkers[6];
  const packet = requestOf(kind, { payload: bytes(fits) });
  return stops(
    'to-proxy',
    kind,
    `${text(kind)}: a tunnel that takes ${fits} bytes says ${says}`,
    'too-big-answered',
    packet,
    {
      rows: gatewayOf(kind, tunnels(kind, fits + overheads[kind.outer], 'gateway')),
      out: tooBigAnswer(packet, { from: proxy, to: client, fits: says }),
      action: redirected,
    },
  );
}

/** Of a fragment as long as this, over a tunnel that takes a byte less. */
function fragment(
  kind: Kind,
  name: string,
  verdict: PacketRecord['verdict'],
  fields: Fields,
  rest: Rest = {},
): PacketRecord {
  const { client, proxy } = talkers[6];
  const packet = requestOf(kind, { id: 0x12345, payload: bytes(1400), ...fields });
  const fits = packet.length - at.ip - 1;
  return stops('to-proxy', kind, `${text(kind)}: ${name}`, verdict, packet, {
    rows: gatewayOf(kind, tunnels(kind, fits + overheads[kind.outer], 'gateway')),
    ...(verdict === 'too-big-answered' && {
      out: tooBigAnswer(packet, { from: proxy, to: client, fits }),
      action: redirected,
    }),
    ...rest,
  });
}

const first = { fragment: fragmentBits.moreFragments };
function fragments(kind: Kind): PacketRecord[] {
  const seen = requestOf(kind, { id: 0x12345, payload: bytes(8), ...first });
  return [
    fragment(kind, 'of a first fragment that is too long the sender is told', 'too-big-answered', first),
    fragment(kind, 'of a fragment that is none as well', 'too-big-answered', { atomic: true }),
    fragment(
      kind,
      'of a later fragment nobody is told',
      'too-big',
      { fragment: 9 },
      {
        before: [{ hook: 'egress', packet: seen, verdict: 'encapsulated' }],
      },
    ),
    fragment(kind, 'of what has options nobody is told', 'too-big', {
      extensions: [paddingExtension(extensionTypes.destinationOptions)],
    }),
    fragment(kind, 'of a first fragment with options nobody is told', 'too-big', {
      extensions: [paddingExtension(extensionTypes.hopByHop)],
      ...first,
    }),
  ];
}

export const sizesIpv6: readonly PacketRecord[] = [
  ...[tcpOf(6), udpOf(6), tcpOf(6, 4), tcpOf(4, 6), udpOf(4, 6)].flatMap(ofKind),
  ...[tcpOf(6), tcpOf(6, 4), tcpOf(4, 6)].flatMap(segments),
  ...[tcpOf(6), udpOf(6)].map(unfinished),
  ...[tcpOf(6), tcpOf(6, 4)].flatMap((kind) => [
    narrow(kind, 1281, 1281),
    narrow(kind, 1280, 1280),
    narrow(kind, 1279, 1280),
    narrow(kind, 600, 1280),
  ]),
  ...[tcpOf(6), udpOf(6), udpOf(6, 4)].flatMap(fragments),
  stops(
    'to-proxy',
    tcpOf(4, 6),
    'IPv4 without DF that is too long over IPv6 is dropped',
    'too-big',
    requestOf(tcpOf(4, 6), { fragment: 0, payload: bytes(1600) }),
  ),
  stops(
    'to-proxy',
    tcpOf(6),
    'a packet that is too long and ends before it says is refused',
    'bad-inner',
    mutated(requestOf(tcpOf(6), { payload: bytes(1600) }), 18, 1),
  ),
];
