// Signed pings: a tag that only who has the tunnel's second secret can make, and a sequence that is taken once. The sequence is
// the sender's wall time; this host compares it with its own TAI clock, which may run 37 s ahead: what is said here of "too old"
// and "too new" holds either way.
import { formatEndpoint } from '../../../src/net/endpoint.ts';
import { type GueHeader, guePing, gueSignedPing } from '../../../src/packet/gue.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { type TunnelValue, tunnelFlags } from '../../../src/tables/tunnel.ts';
import { gatewayOf, nodeOf, tcpOf, tunnelEnds } from './families.ts';
import { knows } from './pings.ts';
import type { Moment, PacketRecord, RowSet } from './record.ts';
import {
  both,
  bytes,
  epoch,
  key,
  mutated,
  peerRow,
  service,
  serviceCounter,
  tunnelId,
  tunnelRow,
  verifyRow,
} from './scene.ts';
import { type Rest, stops } from './ways.ts';

const { learned, signed, signRequired } = tunnelFlags;
const four = tcpOf(4);
const { gateway, node, otherGateway, stranger } = tunnelEnds[4];
const second = 1_000_000_000n;
/** 16 bytes. */
const signKey = bytes(16).map((byte) => byte ^ 0xa5);

interface Saying {
  /** Of the sequence, beyond the wall clock. */
  readonly ahead?: bigint;
  readonly header?: GueHeader;
  readonly tunnel?: number;
  readonly signedBy?: Uint8Array;
}
const payload = (
  { wallNs }: Moment,
  { ahead = 0n, header = service, tunnel = tunnelId, signedBy = signKey }: Saying = {},
) => gueSignedPing(header, tunnel, wallNs + ahead, signedBy);
const from = (data: Uint8Array, source = node, destination = gateway): Uint8Array =>
  buildUdp({ source, destination, payload: data });

/** The learned tunnel of the scene, with a key. */
const rows = (change: RowSet = {}, tunnel: Partial<TunnelValue> = {}): RowSet =>
  gatewayOf(four, {
    tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: learned | signed, signKey, ...tunnel })],
    ...change,
  });
const isStatic = (change: Partial<TunnelValue> = {}): RowSet => ({
  tunnel: [tunnelRow(tunnelId, gateway, node, { flags: signed, signKey, ...change })],
});

const unsigned = from(guePing(service, tunnelId));
/** What it is depends on the clock; without `packet`, it is an unsigned ping. */
const timed = (
  name: string,
  verdict: PacketRecord['verdict'],
  now: (moment: Moment) => Partial<PacketRecord>,
  rest: Rest = {},
) =>
  stops('from-proxy', four, name, verdict, unsigned, {
    packet: unsigned,
    rows: rows(),
    counted: both,
    now,
    ...rest,
  });
/** A ping from the node. */
const ping = (name: string, verdict: PacketRecord['verdict'], saying: Saying = {}, rest: Rest = {}): PacketRecord =>
  timed(name, verdict, (moment) => ({ packet: from(payload(moment, saying)) }), rest);
const learnedNow = (name: string, saying: Saying = {}, rest: Rest = {}): PacketRecord =>
  timed(
    name,
    'ping-accepted',
    (moment) => ({
      packet: from(payload(moment, saying)),
      peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs + (saying.ahead ?? 0n) }),
    }),
    rest,
  );
/** Refused, and nothing was learned. */
const unlearned = (
  name: string,
  verdict: PacketRecord['verdict'],
  saying: Saying = {},
  rest: Rest = {},
): PacketRecord => ping(name, verdict, saying, { peers: [], ...rest });

/** Changed on the way, after it was signed: offset in the payload. */
const tampered = (name: string, offset: number): PacketRecord =>
  timed(`a ${name} that was changed on the way is refused`, 'bad-signature', (moment) => {
    const packet = from(payload(moment));
    const at = packet.length - 44 + offset;
    return { packet: mutated(packet, at, (packet[at] ?? 0) ^ 1), peers: [] };
  });

const heardBefore = (moment: Moment, ahead: bigint, verdict: PacketRecord['verdict'] = 'ping-accepted') =>
  [{ hook: 'ingress', packet: from(payload(moment, { ahead })), verdict }] as const;
const twoTunnels = (change: Partial<TunnelValue> = {}): RowSet => ({
  tunnel: [
    tunnelRow(tunnelId, gateway, 'learned', { flags: learned | signed, signKey }),
    tunnelRow(200, gateway, 'learned', { flags: learned | signed, signKey, ...change }),
  ],
  verify: [verifyRow({ tunnels: [tunnelId, 200, 0, 0] })],
});

export const pingsSigned: readonly PacketRecord[] = [
  learnedNow('a signed ping is learned, with its sequence'),
  learnedNow('a clock that is a minute late is late enough', { ahead: -55n * second }),
  learnedNow('a clock that is a minute ahead is not too far', { ahead: 55n * second }),
  learnedNow(
    'where signatures are required a signed ping is taken',
    {},
    {
      rows: rows({}, { flags: learned | signed | signRequired }),
    },
  ),
  timed('a signed ping from elsewhere moves the remote, with its sequence', 'ping-moved', (moment) => ({
    packet: from(payload(moment), stranger),
    rows: rows({ peer: [peerRow(node, { sequence: moment.wallNs - second })] }),
    peers: knows(formatEndpoint(stranger), 4, { sequence: moment.wallNs }),
  })),
  timed('a signed ping from the same place renews time and sequence', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({ peer: [peerRow(node, { sequence: moment.wallNs - second })] }),
    peers: knows(formatEndpoint(node), 3, { sequence: moment.wallNs }),
  })),
  timed('a sequence may be larger by one', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({ peer: [peerRow(node, { sequence: moment.wallNs - 1n })] }),
    peers: knows(formatEndpoint(node), 3, { sequence: moment.wallNs }),
  })),
  timed('an unsigned ping leaves the sequence as it is', 'ping-moved', (moment) => ({
    packet: from(guePing(service, tunnelId), stranger),
    rows: rows({ peer: [peerRow(node, { sequence: moment.wallNs })] }),
    peers: knows(formatEndpoint(stranger), 4, { sequence: moment.wallNs }),
  })),
  timed('an unsigned ping is taken where signatures are not required', 'ping-accepted', () => ({
    peers: knows(formatEndpoint(node), 0),
  })),
  timed('an unsigned ping is refused where signatures are required', 'ping-refused', () => ({ peers: [] }), {
    rows: rows({}, { flags: learned | signed | signRequired }),
  }),
  unlearned(
    'a signed ping is refused where nobody can check it',
    'ping-refused',
    {},
    { rows: rows({}, { flags: learned }) },
  ),

  ...[0, 3, 7].map((byte) => tampered(`tag, byte ${byte},`, 36 + byte)),
  tampered('sequence, its first byte,', 28),
  tampered('sequence, its last byte,', 35),
  unlearned('a tag by another key is refused', 'bad-signature', { signedBy: key }),
  timed('a tag of zeros is refused', 'bad-signature', (moment) => ({
    packet: from(Uint8Array.of(...payload(moment).slice(0, 36), 0, 0, 0, 0, 0, 0, 0, 0)),
    peers: [],
  })),
  timed('a tag for another tunnel is refused', 'bad-signature', (moment) => {
    const data = payload(moment);
    data.set(payload(moment, { tunnel: 200 }).subarray(24, 28), 24);
    return { packet: from(data), rows: rows(twoTunnels({ counter: 132 })), peers: [] };
  }),
  timed('a tag for another service is refused', 'bad-signature', (moment) => {
    const data = payload(moment, { header: { ...service, service: 9 } });
    data.set(payload(moment).subarray(4, 8), 4);
    return { packet: from(data), peers: [] };
  }),
  unlearned('a wrong tag is told before a sequence that is too old', 'bad-signature', {
    signedBy: key,
    ahead: -200n * second,
  }),

  timed('the same ping again is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    before: heardBefore(moment, 0n),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, heard: false }),
  })),
  timed('the same ping again from elsewhere does not move the remote', 'ping-replayed', (moment) => ({
    packet: from(payload(moment), stranger),
    before: heardBefore(moment, 0n),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, heard: false }),
  })),
  timed('a ping that was overtaken is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    before: heardBefore(moment, second),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs + second, heard: false }),
  })),
  unlearned('a ping that is too old is refused', 'ping-replayed', { ahead: -105n * second }),
  unlearned('a ping from the future is refused', 'ping-replayed', { ahead: 100n * second }),
  unlearned(
    'a ping of the beginning of time is refused',
    'ping-replayed',
    {},
    {
      now: () => ({ packet: from(gueSignedPing(service, tunnelId, 8n, signKey)) }),
    },
  ),
  unlearned(
    'a ping of the end of time is refused',
    'ping-replayed',
    {},
    {
      now: () => ({ packet: from(gueSignedPing(service, tunnelId, (1n << 64n) - 1n, signKey)) }),
    },
  ),
  timed('a ping from before the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs + second }),
    peers: [],
  })),
  timed('a ping from when the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs }),
    peers: [],
  })),
  timed('a ping from just after the tunnel was made is taken', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({}, { epoch: moment.wallNs - 1n }),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs, epoch: moment.wallNs - 1n }),
  })),
  timed('a tunnel that was made anew does not inherit a sequence', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows({ peer: [peerRow(stranger, { epoch: epoch - 1n, sequence: moment.wallNs + second })] }),
    peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs }),
  })),

  ping(
    'with a static remote it is accepted and not stored',
    'ping-accepted',
    {},
    { rows: rows(isStatic()), peers: [] },
  ),
  timed('with a static remote the same one again is accepted', 'ping-accepted', (moment) => ({
    packet: from(payload(moment)),
    rows: rows(isStatic()),
    before: heardBefore(moment, 0n),
    peers: [],
  })),
  unlearned(
    'with a static remote one that is too old is refused',
    'ping-replayed',
    { ahead: -105n * second },
    { rows: rows(isStatic()) },
  ),
  timed('with a static remote one from before the tunnel was made is refused', 'ping-replayed', (moment) => ({
    packet: from(payload(moment)),
    rows: rows(isStatic({ epoch: moment.wallNs })),
    peers: [],
  })),
  unlearned(
    'with a static remote a wrong tag is refused',
    'bad-signature',
    { signedBy: key },
    { rows: rows(isStatic()) },
  ),

  unlearned(
    'a wrong key is told before the tag',
    'bad-key',
    { header: { ...service, key: signKey } },
    { counted: [serviceCounter] },
  ),
  unlearned(
    'an unknown service is told before the tag',
    'unknown-service',
    { header: { ...service, group: 3 } },
    { counted: [] },
  ),
  unlearned(
    'a tunnel of another service is told before the tag',
    'wrong-tunnel',
    { tunnel: 200 },
    { counted: [serviceCounter] },
  ),
  unlearned(
    'a tunnel that nobody has made is told before the tag',
    'no-tunnel',
    {},
    {
      rows: rows({ tunnel: [] }),
      counted: [serviceCounter],
    },
  ),
  unlearned(
    'a tunnel that ends elsewhere is told before the tag',
    'wrong-tunnel',
    {},
    {
      rows: rows({ tunnel: [tunnelRow(tunnelId, otherGateway, 'learned', { flags: learned | signed, signKey })] }),
    },
  ),
  timed(
    'a signed ping that is too short is refused',
    'bad-header',
    (moment) => ({ packet: from(payload(moment).slice(0, 43)) }),
    { counted: [] },
  ),
  timed(
    'a signed ping that is too long is refused',
    'bad-header',
    (moment) => ({ packet: from(Uint8Array.of(...payload(moment), 0)) }),
    { counted: [] },
  ),
  timed(
    'a signed ping to another host is not ours',
    'pass-not-ours',
    (moment) => ({ packet: from(payload(moment), node, otherGateway) }),
    { counted: [] },
  ),
  stops('to-server', four, 'a node takes no signed pings', 'ping-refused', from(guePing(service, tunnelId)), {
    rows: nodeOf(four),
    counted: [],
    now: (moment) => ({ packet: from(payload(moment), gateway, node) }),
  }),
  stops(
    'from-proxy',
    tcpOf(6),
    'over IPv6 a signed ping is learned',
    'ping-accepted',
    from(guePing(service, tunnelId)),
    {
      now: (moment) => ({
        packet: from(payload(moment), tunnelEnds[6].node, tunnelEnds[6].gateway),
        rows: gatewayOf(tcpOf(6), {
          tunnel: [tunnelRow(tunnelId, tunnelEnds[6].gateway, 'learned', { flags: learned | signed, signKey })],
        }),
        peers: knows(formatEndpoint(tunnelEnds[6].node), 0, { sequence: moment.wallNs }),
      }),
    },
  ),
];
