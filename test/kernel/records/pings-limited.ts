// From where pings may come, and how often a remote may move.
import { formatEndpoint } from '../../../src/net/endpoint.ts';
import { parsePrefix, writePrefix } from '../../../src/net/prefix.ts';
import { guePing, gueSignedPing } from '../../../src/packet/gue.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import type { PeerValue } from '../../../src/tables/learned.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { gatewayOf, requestOf, tcpOf, tunnelEnds } from './families.ts';
import { knows } from './pings.ts';
import type { ExpectedPeer, Moment, PacketRecord, RowSet } from './record.ts';
import { bytes, endpoint, epoch, peerRow, service, through, tunnelId, tunnelRow } from './scene.ts';
import { type Rest, stops } from './ways.ts';

const { learned, allow, signed } = tunnelFlags;
const signKey = bytes(16);

/** ALLOW of the tunnel, in this order. */
const allowed = (...prefixes: readonly string[]): RowSet => ({
  allow: prefixes.map((text, number) => {
    const prefix = parsePrefix(text);
    if (typeof prefix === 'string' || 'meant' in prefix) throw new Error(text);
    const ip = new Uint8Array(16);
    return { key: { tunnel: tunnelId, number }, value: { bits: writePrefix(prefix, ip, 0), ip } };
  }),
});
const eight = [
  '192.0.2.0/32',
  '192.0.2.1/32',
  '192.0.2.2/32',
  '192.0.2.3/32',
  '192.0.2.4/32',
  '192.0.2.5/32',
  '192.0.2.6/32',
];

/** A ping from there, with these prefixes. */
function asked(source: string, prefixes: readonly string[], isAllowed: boolean): PacketRecord {
  const remote = endpoint(`${source.includes(':') ? `[${source}]` : source}:6080`);
  const kind = tcpOf(source.includes(':') ? 6 : 4);
  const { gateway } = tunnelEnds[kind.outer];
  const name = `${source} is ${isAllowed ? 'one' : 'none'} of ${prefixes.join(', ') || 'nothing'}`;
  const packet = buildUdp({ source: remote, destination: gateway, payload: guePing(service, tunnelId) });
  return stops('from-proxy', kind, name, isAllowed ? 'ping-accepted' : 'ping-refused', packet, {
    packet,
    rows: gatewayOf(kind, {
      tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: learned | allow })],
      ...allowed(...prefixes),
    }),
    peers: isAllowed ? knows(formatEndpoint(remote), 0) : [],
  });
}

const lists: readonly (readonly [source: string, prefixes: readonly string[], isAllowed: boolean])[] = [
  ['172.1.0.3', ['172.1.0.3/32'], true],
  ['172.1.0.3', ['172.1.0.2/32'], false],
  ['172.1.0.3', ['172.1.0.2/31'], true],
  ['172.1.0.3', ['172.1.0.0/31'], false],
  ['172.1.0.255', ['172.1.0.0/24'], true],
  ['172.1.1.0', ['172.1.0.0/24'], false],
  ['172.1.15.255', ['172.1.0.0/20'], true],
  ['172.1.16.0', ['172.1.0.0/20'], false],
  ['172.127.255.255', ['172.0.0.0/9'], true],
  ['172.128.0.0', ['172.0.0.0/9'], false],
  ['127.255.255.255', ['0.0.0.0/1'], true],
  ['128.0.0.0', ['0.0.0.0/1'], false],
  ['203.0.113.9', ['0.0.0.0/0'], true],
  ['203.0.113.9', ['10.0.0.0/8', '192.168.0.0/16', '203.0.113.8/29'], true],
  ['203.0.113.9', ['10.0.0.0/8', '192.168.0.0/16', '203.0.113.0/29'], false],
  ['203.0.113.9', [...eight, '203.0.113.9/32'], true],
  ['203.0.113.9', [...eight, '203.0.113.10/32'], false],
  ['203.0.113.9', [], false],
  ['2001:db8:1::3', ['2001:db8:1::3/128'], true],
  ['2001:db8:1::3', ['2001:db8:1::2/128'], false],
  ['2001:db8:1::3', ['2001:db8:1::2/127'], true],
  ['2001:db8:1:0:ffff:ffff:ffff:ffff', ['2001:db8:1::/64'], true],
  ['2001:db8:1:1::', ['2001:db8:1::/64'], false],
  ['2001:db8:1:7::1', ['2001:db8:1::/61'], true],
  ['2001:db8:1:8::1', ['2001:db8:1::/61'], false],
  ['2001:db8:1:0:8000::1', ['2001:db8:1::/65'], false],
  ['2001:db8:1:0:8000::1', ['2001:db8:1:0:8000::/65'], true],
  ['2001:db8:ffff::1', ['2001:db8::/32'], true],
  ['2001:db9::1', ['2001:db8::/32'], false],
  ['2001:db9::1', ['2001:db8::/31'], true],
  ['2001:db8:1::3', ['::/0'], true],
  ['2001:db8:1::3', ['0.0.0.0/0'], false],
  ['172.1.0.3', ['2000::/3'], false],
  ['172.1.0.3', ['2001:db8::/32', '172.1.0.0/16'], true],
];

const four = tcpOf(4);
const { gateway, node, otherGateway, stranger } = tunnelEnds[4];
const second = 1_000_000_000n;
const ping = (source = stranger): Uint8Array =>
  buildUdp({ source, destination: gateway, payload: guePing(service, tunnelId) });
const signedPing = ({ wallNs }: Moment, source = stranger): Uint8Array =>
  buildUdp({ source, destination: gateway, payload: gueSignedPing(service, tunnelId, wallNs, signKey) });

/** A tunnel that may move twice a minute, at a remote that has moved already. */
const limited = (peer: Partial<PeerValue> = {}, flags: number = learned, movesPerMinute = 2): RowSet =>
  gatewayOf(four, {
    tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags, movesPerMinute, signKey })],
    peer: [peerRow(node, peer)],
  });
/** A minute that has so many seconds and moves behind it. */
const minute = ({ monotonicNs }: Moment, seconds: bigint, movesInMinute: number): Partial<PeerValue> => ({
  minuteNs: monotonicNs - seconds * second,
  movesInMinute,
});
const move = (
  name: string,
  verdict: PacketRecord['verdict'],
  now: (moment: Moment) => Partial<PacketRecord>,
  peers: readonly ExpectedPeer[],
  rest: Rest = {},
): PacketRecord => stops('from-proxy', four, name, verdict, ping(), { packet: ping(), now, peers, ...rest });

const [before, after] = [formatEndpoint(node), formatEndpoint(stranger)];

export const pingsLimited: readonly PacketRecord[] = [
  ...lists.map((row) => asked(...row)),
  move(
    'what comes from elsewhere than is allowed does not move the remote, nor the sequence',
    'ping-refused',
    (moment) => ({
      packet: signedPing(moment),
      rows: { ...limited({ sequence: 5n }, learned | signed | allow), ...allowed('172.1.0.0/24') },
    }),
    knows(before, 3, { sequence: 5n, heard: false }),
  ),
  move('with a static remote it does not matter from where pings come', 'ping-accepted', () => ({}), [], {
    rows: gatewayOf(four, { tunnel: [tunnelRow(tunnelId, gateway, node, { flags: allow })], ...allowed('10.0.0.0/8') }),
  }),
  move('another tunnel’s prefixes allow nothing', 'ping-refused', () => ({}), [], {
    rows: gatewayOf(four, {
      tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: learned | allow })],
      allow: (allowed('0.0.0.0/0').allow ?? []).map(({ value }) => ({ key: { tunnel: 200, number: 0 }, value })),
    }),
  }),

  move(
    'a first move begins a minute',
    'ping-moved',
    (moment) => ({ rows: limited(minute(moment, 61n, 2)) }),
    knows(after, 4, { movesInMinute: 1, newMinute: true }),
  ),
  move(
    'a second move is counted in it',
    'ping-moved',
    (moment) => ({ rows: limited(minute(moment, 55n, 1)) }),
    knows(after, 4, { movesInMinute: 2 }),
  ),
  move(
    'a third move is one too many',
    'ping-limited',
    (moment) => ({ rows: limited(minute(moment, 55n, 2)) }),
    knows(before, 3, { movesInMinute: 2, heard: false }),
  ),
  move('a third move of a signed ping is one too many, but its sequence is used up', 'ping-limited', limitedSigned, []),
  move(
    'who has not moved is taken, however often others did',
    'ping-accepted',
    (moment) => ({ packet: ping(node), rows: limited(minute(moment, 55n, 2)) }),
    knows(before, 3, { movesInMinute: 2 }),
  ),
  move(
    'a limit of one move',
    'ping-limited',
    (moment) => ({ rows: limited(minute(moment, 1n, 1), learned, 1) }),
    knows(before, 3, { movesInMinute: 1, heard: false }),
  ),
  move(
    'without a limit any number of moves',
    'ping-moved',
    (moment) => ({ rows: limited(minute(moment, 1n, 900), learned, 0) }),
    knows(after, 4, { movesInMinute: 900 }),
  ),
  move(
    'a tunnel that was made anew has not moved yet',
    'ping-accepted',
    (moment) => ({ rows: limited({ ...minute(moment, 1n, 2), epoch: epoch - 1n }) }),
    knows(after, 0),
  ),
  move(
    'two moves and one that is too many, by packets alone',
    'ping-limited',
    (moment) => ({
      rows: limited(minute(moment, 100n, 7)),
      before: [stranger, otherGateway].map((source) => ({
        hook: 'ingress',
        packet: ping(source),
        verdict: 'ping-moved',
      })),
      packet: ping(node),
    }),
    knows(formatEndpoint(otherGateway), 5, { movesInMinute: 2, heard: false }),
  ),
  {
    ...stops(
      'to-proxy',
      four,
      'after a move that was one too many, the tunnel carries to where it did',
      'encapsulated',
      requestOf(four),
    ),
    out: through(gateway, node, requestOf(four)),
    now: (moment) => ({
      rows: limited(minute(moment, 55n, 2)),
      before: [{ hook: 'ingress', packet: ping(), verdict: 'ping-limited' }],
    }),
  },
];

function limitedSigned(moment: Moment): Partial<PacketRecord> {
  return {
    packet: signedPing(moment),
    rows: limited({ ...minute(moment, 55n, 2), sequence: moment.wallNs - second }, learned | signed),
    peers: knows(before, 3, { sequence: moment.wallNs, movesInMinute: 2, heard: false }),
  };
}
