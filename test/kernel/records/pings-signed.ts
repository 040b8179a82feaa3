// Signed pings: a tag that only who has the tunnel's second secret can make.
import { formatEndpoint } from '../../../src/net/endpoint.ts';
import { guePing } from '../../../src/packet/gue.ts';
import { type TunnelValue, tunnelFlags } from '../../../src/tables/tunnel.ts';
import { gatewayOf, nodeOf, tcpOf, tunnelEnds } from './families.ts';
import { knows } from './pings.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  key,
  mutated,
  peerRow,
  service,
  serviceCounter,
  tunnelCounter,
  tunnelId,
  tunnelRow,
  verifyRow,
} from './scene.ts';
import { from, learnedNow, payload, rows, second, signKey, timed, unlearned } from './signing.ts';
import { stops } from './ways.ts';

const { learned, signed, signRequired } = tunnelFlags;
const four = tcpOf(4);
const { gateway, node, otherGateway, stranger } = tunnelEnds[4];

/** Changed on the way, after it was signed: offset in the payload. */
const tampered = (name: string, offset: number): PacketRecord =>
  timed(`a ${name} that was changed on the way is refused`, 'bad-signature', (moment) => {
    const packet = from(payload(moment));
    const at = packet.length - 44 + offset;
    return { packet: mutated(packet, at, (packet[at] ?? 0) ^ 1), peers: [] };
  });

const twoTunnels = (change: Partial<TunnelValue> = {}): RowSet => ({
  tunnel: [
    tunnelRow(tunnelId, gateway, 'learned', { flags: learned | signed, signKey }),
    tunnelRow(200, gateway, 'learned', { flags: learned | signed, signKey, ...change }),
  ],
  verify: [verifyRow({ tunnels: [tunnelId, 200, 0, 0] })],
});

export const pingsSigned: readonly PacketRecord[] = [
  learnedNow('a signed ping is learned, with its sequence'),
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
    return { packet: from(data), rows: rows(twoTunnels({ counter: tunnelCounter })), peers: [] };
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
