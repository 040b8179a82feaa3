// What is too long for a tunnel: SYNs offer less, senders are told, and what nobody can be told about is dropped. The tunnel's
// path carries 1500 bytes, so 1448 of them are for the packet inside.
import { type Endpoint, protocolNumbers } from '../../../src/net/endpoint.ts';
import { checksum, pseudoHeaderSum } from '../../../src/packet/checksum.ts';
import { fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { buildTcp, buildUdp, type TcpSegment, tcpFlags } from '../../../src/packet/transport.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  at,
  both,
  bytes,
  client,
  encapRow,
  gateway,
  gatewayRows,
  natRows,
  node,
  nodeRows,
  proxy,
  server,
  serviceCounter,
  through,
  tooBigAnswer,
  tunnelId,
  tunnelRow,
  verifyRow,
} from './scene.ts';

const { tcp, udp } = protocolNumbers;
const mtu = 1500;
const fits = mtu - 52;
const most = fits - 40;
const redirected = 7;
const macs = { destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 1), sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2) };
const turnedMacs = { destinationMac: macs.sourceMac, sourceMac: macs.destinationMac };

const atGateway = (change: RowSet = {}): RowSet =>
  gatewayRows({ tunnel: [tunnelRow(tunnelId, gateway, node, { mtu })], ...change });
const atNode = (change: RowSet = {}): RowSet =>
  nodeRows({ tunnel: [tunnelRow(tunnelId, node, gateway, { mtu })], ...change });
const overUdp = { encap: [encapRow(udp)], verify: [verifyRow({ protocol: udp })] };
const dso = { verify: [verifyRow({ flags: serviceFlags.dso })] };

const toProxy = { source: client, destination: proxy };
const toServer = { source: client, destination: server };
const fromServer = { source: server, destination: client };
const fromProxy = { source: proxy, destination: client };
const synAck = tcpFlags.syn | tcpFlags.ack;

const mss = (value: number): number[] => [2, 4, value >> 8, value & 255];
/** Options of a SYN, filled up with ends of the list. */
const offering = (segment: TcpSegment, ...options: readonly number[]): Uint8Array =>
  buildTcp({
    ...segment,
    tcpOptions: Uint8Array.from({ length: Math.ceil(options.length / 4) * 4 }, (_, i) => options[i] ?? 0),
  });

const clamped = (name: string, before: readonly number[], after: readonly number[], flags: number = tcpFlags.syn) =>
  carried(name, offering({ ...toProxy, flags }, ...before), offering({ ...toProxy, flags }, ...after));
const untouched = (name: string, options: readonly number[], flags: number = tcpFlags.syn) =>
  clamped(name, options, options, flags);

const answer = (frame: Uint8Array, from: Endpoint, to: Endpoint, how: { macs?: typeof macs; sum?: number } = {}) =>
  tooBigAnswer(frame, { from, to, fits, macs, ...how });

const long = buildTcp({ ...toProxy, ...macs, flags: tcpFlags.ack, payload: bytes(fits - 40 + 1) });
const longUdp = buildUdp({ ...toProxy, ...macs, payload: bytes(fits - 28 + 1) });
const longReply = buildTcp({ ...fromServer, ...macs, flags: tcpFlags.ack, payload: bytes(fits - 40 + 1) });

/** As the stack leaves a checksum that a device is to finish; the answer's sum is of what will stand there. */
const unfinished = ((): { frame: Uint8Array; sum: number } => {
  const frame = long.slice();
  const view = new DataView(frame.buffer);
  view.setUint16(at.ip + 36, pseudoHeaderSum(client.ip, proxy.ip, tcp, frame.length - at.ip - 20));
  const filled = Uint8Array.of(3, 4, 0, 0, 0, 0, fits >> 8, fits & 255, ...packetOf(frame).subarray(0, 40));
  new DataView(filled.buffer).setUint16(8 + 36, checksum(filled.subarray(8 + 20)));
  return { frame, sum: checksum(filled) };
})();

export const sizes: readonly PacketRecord[] = [
  clamped('a SYN offers no more than what fits', mss(1460), mss(most)),
  clamped('a SYN with ACK alike', mss(1460), mss(most), synAck),
  clamped('the MSS may come after other options', [4, 2, 3, 3, 7, 2, 4, 5, 180], [4, 2, 3, 3, 7, ...mss(most)]),
  clamped('the MSS may lie at an odd offset', [1, ...mss(8960)], [1, ...mss(most)]),
  clamped(
    'the MSS may be the last of forty bytes',
    [5, 34, ...bytes(32), 1, 1, ...mss(1460)],
    [5, 34, ...bytes(32), 1, 1, ...mss(most)],
  ),
  untouched('an MSS that fits stays', mss(most)),
  untouched('a small MSS stays', mss(536)),
  untouched('a SYN without options stays', []),
  untouched('a SYN with other options stays', [4, 2, 1, 1]),
  untouched('an MSS after the end of the list is none', [0, 1, 1, 1, ...mss(1460)]),
  untouched('an MSS of another length is none', [2, 3, 5, 1]),
  untouched('options of no length end the search', [5, 0, 1, 1, ...mss(1460)]),
  untouched('options that run past the header end the search', [5, 40, 1, 1]),
  untouched('what looks like an MSS in a packet without SYN stays', mss(1460), tcpFlags.ack),
  received('gateway', 'a SYN with ACK that leaves a tunnel offers no more than what fits', {
    packet: through(node, gateway, offering({ ...fromProxy, flags: synAck }, ...mss(1460))),
    out: offering({ ...fromProxy, flags: synAck }, ...mss(most)),
  }),
  received('node', 'a SYN that leaves a tunnel offers no more than what fits', {
    packet: through(gateway, node, offering(toProxy, ...mss(1460))),
    out: offering(toServer, ...mss(most)),
  }),
  received('node', 'in mode dso a SYN keeps its MSS, since the answers go another way', {
    rows: atNode(dso),
    packet: through(gateway, node, offering(toProxy, ...mss(1460))),
    out: offering(toServer, ...mss(1460)),
  }),
  sent('returned-direct', 'in mode dso a SYN with ACK offers no more than what fits', {
    role: 'node',
    rows: atNode(dso),
    packet: offering({ ...fromServer, flags: synAck }, ...mss(1460)),
    out: offering({ ...fromProxy, flags: synAck }, ...mss(most)),
    counted: [serviceCounter],
  }),
  sent('encapsulated', "a node's SYN with ACK offers no more than what fits", {
    role: 'node',
    rows: atNode(),
    packet: offering({ ...fromServer, flags: synAck }, ...mss(1460)),
    out: through(node, gateway, offering({ ...fromProxy, flags: synAck }, ...mss(most))),
  }),

  carried('a packet that just fits is carried', ...twice(buildTcp({ ...toProxy, payload: bytes(fits - 40) }))),
  sent('too-big-answered', 'of TCP that is too long by a byte the sender is told', {
    packet: long,
    out: answer(long, proxy, client),
    action: redirected,
  }),
  sent('too-big-answered', 'of UDP that is too long by a byte the sender is told', {
    rows: atGateway(overUdp),
    packet: longUdp,
    out: answer(longUdp, proxy, client),
    action: redirected,
  }),
  sent('too-big-answered', 'what this host itself sends is answered at the ingress of the device', {
    packet: long,
    local: true,
    out: answer(long, proxy, client, { macs: turnedMacs }),
    action: redirected,
  }),
  sent('too-big-answered', 'a node tells its server in the terms that the server knows', {
    role: 'node',
    rows: atNode(),
    packet: longReply,
    local: true,
    out: answer(longReply, client, server, { macs: turnedMacs }),
    action: redirected,
  }),
  sent('too-big-answered', 'a quoted checksum that is unfinished counts as what it will be', {
    packet: unfinished.frame,
    out: answer(unfinished.frame, proxy, client, { sum: unfinished.sum }),
    action: redirected,
  }),
  sent('too-big', 'without DF what is too long is dropped', {
    packet: buildTcp({ ...toProxy, fragment: 0, payload: bytes(fits) }),
  }),
  sent('returned-direct', 'in mode dso a long reply needs no room', {
    role: 'node',
    rows: atNode(dso),
    packet: longReply,
    out: buildTcp({ ...fromProxy, ...macs, flags: tcpFlags.ack, payload: bytes(fits - 40 + 1) }),
    counted: [serviceCounter],
  }),
  sent('too-big-answered', 'a UDP reply of a node that is too long is answered', {
    role: 'node',
    rows: atNode({ nat: natRows(udp), verify: [verifyRow({ protocol: udp })] }),
    packet: buildUdp({ ...fromServer, ...macs, payload: bytes(fits), fragment: fragmentBits.dontFragment }),
    out: answer(buildUdp({ ...fromServer, ...macs, payload: bytes(fits) }), client, server),
    action: redirected,
  }),
];

function sent(
  verdict: PacketRecord['verdict'],
  name: string,
  rest: Pick<PacketRecord, 'packet'> & Partial<PacketRecord>,
): PacketRecord {
  return { name, role: 'gateway', hook: 'egress', rows: atGateway(), verdict, counted: both, ...rest };
}

function carried(name: string, packet: Uint8Array, inner: Uint8Array): PacketRecord {
  return sent('encapsulated', name, { packet, out: through(gateway, node, inner) });
}

function received(
  role: PacketRecord['role'],
  name: string,
  rest: Pick<PacketRecord, 'packet' | 'out'> & Partial<PacketRecord>,
): PacketRecord {
  const rows = role === 'gateway' ? atGateway() : atNode();
  return { name, role, hook: 'ingress', rows, verdict: 'decapsulated', counted: both, ...rest };
}

function twice<Value>(value: Value): [Value, Value] {
  return [value, value];
}
