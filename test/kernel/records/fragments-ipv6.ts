// Fragments of IPv6 packets: as of IPv4, by an identification of 32 bits and a header of their own.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { gatewayOf, type Kind, kindText, replyOf, requestOf, talkers, tcpOf, udpOf } from './families.ts';
import { type Pieces, pieces } from './pieces.ts';
import type { ExpectedFragment, PacketRecord } from './record.ts';
import { at, both, endpoint, mutated } from './scene.ts';
import { allWays, met, passes, type Rest, stops, type Way } from './ways.ts';

const { udp } = protocolNumbers;
const id = 0x00010077;
const { client, proxy, server } = talkers[6];
const request = pieces(client, proxy, { id });
const delivered = pieces(client, server, { id });
const answer = pieces(server, client, { id });
const returned = pieces(proxy, client, { id });
const elsewhere = pieces(client, endpoint('[2001:db8:5::5]:53'), { id });
const optional = pieces(client, proxy, { id, extensions: [paddingExtension(extensionTypes.hopByHop)] });
const six = udpOf(6);

/** Before and after, on each way. */
const ways: Readonly<Record<Way, readonly [Pieces, Pieces]>> = {
  'to-proxy': [request, request],
  'to-server': [request, delivered],
  'from-server': [answer, returned],
  'from-proxy': [returned, returned],
};

const senders = {
  'to-proxy': [client, proxy],
  'to-server': [client, proxy],
  'from-server': [server, client],
  'from-proxy': [proxy, client],
} as const satisfies Record<Way, unknown>;
const remembered = (way: Way): readonly ExpectedFragment[] => {
  const [source, destination] = senders[way];
  return [{ source: source.ip, destination: destination.ip, id, protocol: udp }];
};

function onWay(way: Way, kind: Kind): PacketRecord[] {
  const [before, after] = ways[way];
  const isEgress = way === 'to-proxy' || way === 'from-server';
  const passed = isEgress ? 'encapsulated' : 'decapsulated';
  const first: Rest = {
    before: [{ hook: isEgress ? 'egress' : 'ingress', packet: met(way, kind, before.first), verdict: passed }],
  };
  const text = `${kindText(kind)}, ${way}`;
  // On the way from a server nobody can tell whose a later fragment is; into a tunnel it may be the proxy's; out of one it must be.
  const unseen = way === 'from-server' ? 'pass-not-ours' : 'fragment';
  return [
    passes(way, kind, `${text}: a first fragment`, before.first, after.first, { fragments: remembered(way) }),
    passes(way, kind, `${text}: a later fragment goes the way of its first`, before.middle, after.middle, first),
    passes(way, kind, `${text}: the last fragment goes the way of its first`, before.last, after.last, first),
    stops(way, kind, `${text}: a later fragment whose first was not seen`, unseen, before.middle, counted(way)),
    stops(way, kind, `${text}: a later fragment of another packet`, unseen, mutated(before.middle, at.ip + 40 + 5, 2), {
      ...first,
      ...counted(way),
    }),
  ];
}

/** What is refused inside a tunnel was proved by its key. */
function counted(way: Way): Rest {
  return way === 'from-proxy' || way === 'to-server' ? { counted: both } : {};
}

export const fragmentsIpv6: readonly PacketRecord[] = [
  ...allWays.flatMap((way) => [six, udpOf(6, 4)].flatMap((kind) => onWay(way, kind))),
  stops('from-server', six, 'in mode dso a later fragment leaves straight', 'returned-direct', answer.middle, {
    out: returned.middle,
    before: [{ hook: 'egress', packet: answer.first, verdict: 'returned-direct' }],
    verify: { flags: serviceFlags.dso },
  }),
  stops(
    'to-proxy',
    six,
    'a first fragment to another port of a proxy address passes',
    'pass-not-ours',
    elsewhere.first,
  ),
  stops('to-proxy', six, 'a later fragment of what is for another port passes', 'pass-not-ours', elsewhere.middle, {
    before: [{ hook: 'egress', packet: elsewhere.first, verdict: 'pass-not-ours' }],
  }),
  stops('to-proxy', tcpOf(6), 'of another protocol an address without a proxy passes', 'pass-not-ours', request.middle),
  passes('to-proxy', six, 'a first fragment behind other headers', optional.first),
  passes('to-proxy', six, 'a later fragment behind other headers', optional.middle, optional.middle, {
    before: [{ hook: 'egress', packet: optional.first, verdict: 'encapsulated' }],
  }),
  stops('to-proxy', six, 'a later fragment of no bytes is refused', 'bad-inner', emptied(request.middle), {
    before: [{ hook: 'egress', packet: request.first, verdict: 'encapsulated' }],
  }),
  stops(
    'to-proxy',
    six,
    'a later fragment whose tunnel is gone leaves nothing in the clear',
    'no-tunnel',
    request.middle,
    {
      rows: gatewayOf(six, { tunnel: [] }),
      before: [{ hook: 'egress', packet: request.first, verdict: 'no-tunnel' }],
    },
  ),
  stops(
    'to-proxy',
    tcpOf(6),
    'a TCP fragment too short for a TCP header is not carried',
    'bad-inner',
    cut(requestOf(tcpOf(6), { fragment: fragmentBits.moreFragments, id }), 12),
  ),
  stops(
    'from-proxy',
    tcpOf(6),
    'a TCP fragment too short for a TCP header is refused inside',
    'bad-inner',
    cut(replyOf(tcpOf(6), { fragment: fragmentBits.moreFragments, id }), 12),
  ),
];

/** Without its last bytes, and saying so. */
function cut(frame: Uint8Array, count: number): Uint8Array {
  const copy = frame.slice(0, -count);
  new DataView(copy.buffer).setUint16(at.ip + 4, copy.length - at.ip - 40);
  return copy;
}

/** A fragment header and nothing behind it. */
function emptied(frame: Uint8Array): Uint8Array {
  return cut(frame, frame.length - at.ip - 40 - 8);
}
