// IPv6 that is not ours or not in order: addresses that are none, lengths, words and headers around a tunnel.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { gueThen, gueWords } from '../../../src/packet/gue.ts';
import { fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { gatewayOf, replyOf, requestOf, sent, talkers, tcpOf, tunnelEnds } from './families.ts';
import type { PacketRecord } from './record.ts';
import { at, mutated, padded, service, stranger, through } from './scene.ts';
import { met, passes, type Rest, stops } from './ways.ts';

const { tcp } = protocolNumbers;
const six = tcpOf(6);
const sixOverFour = tcpOf(6, 4);
const fourOverSix = tcpOf(4, 6);
const ends = tunnelEnds[6];
const { client, proxy, server } = talkers[6];
const request = requestOf(six);
const reply = replyOf(six);
const tunnelled = met('from-proxy', six, reply);

/** Where things lie in a frame whose outer header is IPv6's. */
const outside = { length: 18, udpLength: 58, gue: 62, group: 66, key: 70, inner: 86 } as const;

/** `::ffff:5.5.5.5`: IPv4 in IPv6's clothes, as no parser of ours would read it. */
const clothed = (ip: Ip): Ip => `::ffff:${ip}` as Ip;
const nobody = '::' as Ip;

const sentNowhere = (
  verdict: PacketRecord['verdict'],
  name: string,
  packet: Uint8Array,
  rest: Rest = {},
): PacketRecord => stops('to-proxy', six, name, verdict, packet, rest);
/** In the right tunnel. */
const inside = (verdict: PacketRecord['verdict'], name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  stops('from-proxy', six, name, verdict, packet, rest);
/** As it comes from outside. */
const outer = (verdict: PacketRecord['verdict'], name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  stops('from-proxy', six, name, verdict, reply, { packet, ...rest });

/** The word says which family is inside, whatever lies there. */
const saying = (word: number): Uint8Array =>
  buildUdp({
    source: ends.node,
    destination: ends.gateway,
    payload: gueThen(word, service, packetOf(reply)),
    checksum: 'none',
  });
const firstFragment = { fragment: fragmentBits.moreFragments, id: 0x10005 };
const laterFragment = { fragment: 9, id: 0x10005 };

export const ipv6Refused: readonly PacketRecord[] = [
  sentNowhere(
    'pass-not-ours',
    'another port of the proxy address is not ours',
    sent(tcp, client, { ...proxy, port: stranger.port }),
  ),
  sentNowhere('pass-not-ours', 'another address is not ours', sent(tcp, client, server)),
  sentNowhere(
    'options',
    'an IPv4 proxy is none in the clothes of IPv6',
    sent(tcp, client, { ...talkers[4].proxy, ip: clothed(talkers[4].proxy.ip) }),
    { rows: gatewayOf(fourOverSix), counted: [] },
  ),
  sentNowhere(
    'options',
    'an IPv4 client is none in the clothes of IPv6',
    sent(tcp, { ...client, ip: clothed(talkers[4].client.ip) }, proxy),
    { counted: [] },
  ),
  sentNowhere('options', 'who has no address is no client', sent(tcp, { ...client, ip: nobody }, proxy), {
    counted: [],
  }),
  sentNowhere(
    'pass-not-ours',
    'who has no address is not ours where nothing is',
    sent(tcp, { ...client, ip: nobody }, server),
  ),
  stops(
    'from-server',
    six,
    'nothing is returned to an IPv4 address in the clothes of IPv6',
    'pass-not-ours',
    sent(tcp, server, { ...client, ip: clothed(talkers[4].client.ip) }),
  ),
  inside(
    'bad-inner',
    'an IPv4 proxy is none inside, in the clothes of IPv6',
    sent(tcp, { ...talkers[4].proxy, ip: clothed(talkers[4].proxy.ip) }, client),
    { rows: gatewayOf(fourOverSix) },
  ),
  inside('bad-inner', 'a packet to nobody is refused inside', sent(tcp, proxy, { ...client, ip: nobody })),
  sentNowhere('pass-not-ours', 'IPv6 is not ours where no address is IPv6', request, { topologyFeatures: 0 }),
  outer('pass-not-ours', 'a tunnel over IPv6 is not ours where no address is IPv6', tunnelled, { topologyFeatures: 0 }),
  stops('from-proxy', sixOverFour, 'inner IPv6 is refused where no address is IPv6', 'bad-inner', reply, {
    topologyFeatures: 0,
  }),

  sentNowhere(
    'bad-inner',
    'a packet that ends before its header says is not carried',
    mutated(request, outside.length + 1, 60),
  ),
  sentNowhere('bad-inner', 'bytes behind the packet are not carried', padded(request, 2)),
  sentNowhere('bad-inner', 'a length of none is not carried', mutated(request, outside.length + 1, 0)),
  sentNowhere('pass-not-ours', 'version 4 behind the EtherType of IPv6 is not ours', mutated(request, at.ip, 0x45)),
  sentNowhere('pass-not-ours', 'an IPv6 frame without room for ports is not ours', request.slice(0, at.ip + 43)),
  inside('wrong-endpoint', 'a key opens no other address', sent(tcp, server, client)),
  inside(
    'wrong-endpoint',
    'the key of an IPv6 service opens no IPv4 endpoint',
    sent(tcp, talkers[4].proxy, talkers[4].client),
  ),
  stops('to-server', six, 'at a node a key opens no other address', 'wrong-endpoint', sent(tcp, client, server)),
  outer('bad-inner', 'the word of IPv4 before IPv6 is refused', saying(gueWords.data)),
  outer('bad-inner', 'inner IPv6 that ends before the datagram is refused', mutated(tunnelled, outside.inner + 5, 19)),
  outer('bad-inner', 'inner IPv6 that ends behind the datagram is refused', mutated(tunnelled, outside.inner + 5, 21)),
  stops('from-proxy', fourOverSix, 'the word of IPv6 before IPv4 is refused', 'bad-inner', reply, {
    packet: mutated(met('from-proxy', fourOverSix, replyOf(fourOverSix)), outside.gue + 1, 0x29),
  }),

  passes('from-proxy', six, 'an outer UDP checksum is no hindrance', reply, reply, {
    packet: buildUdp({ source: ends.node, destination: ends.gateway, payload: tunnelled.slice(outside.gue) }),
  }),
  passes('from-proxy', six, 'padding of the Ethernet frame stays behind the packet', reply, padded(reply, 5), {
    packet: padded(tunnelled, 5),
  }),
  outer('bad-header', 'an IPv6 length beyond the frame is refused', mutated(tunnelled, outside.length, 1)),
  outer('bad-header', 'a UDP length above the truth is refused', mutated(tunnelled, outside.udpLength + 1, 93)),
  outer('bad-header', 'a UDP length below the truth is refused', mutated(tunnelled, outside.udpLength + 1, 91)),
  outer('bad-version', 'version 1 of GUE is refused', mutated(tunnelled, outside.gue, 0x45)),
  outer('unknown-service', 'another group is unknown', mutated(tunnelled, outside.group, 9)),
  outer('bad-key', 'a key that is wrong in its last byte is refused', mutated(tunnelled, outside.key + 15, 1)),
  outer('pass-not-ours', 'GUE to another host is not ours', through(ends.node, ends.otherGateway, reply)),
  ...[extensionTypes.hopByHop, extensionTypes.destinationOptions].map((type) =>
    inside('options', `extension header ${type} around a tunnel is refused`, reply, {
      outer: { extensions: [paddingExtension(type)] },
      counted: [],
    }),
  ),
  inside('options', 'a fragment header that makes no fragment is refused around a tunnel', reply, {
    outer: { atomic: true },
    counted: [],
  }),
  inside('fragment', 'a first fragment to a tunnel endpoint is refused', reply, { outer: firstFragment, counted: [] }),
  inside('fragment', 'a later fragment goes the way of its first', reply, {
    outer: laterFragment,
    before: [{ hook: 'ingress', packet: met('from-proxy', six, reply, firstFragment), verdict: 'fragment' }],
    counted: [],
  }),
  inside('pass-not-ours', 'a later fragment whose first was never seen is not ours', reply, { outer: laterFragment }),
];
