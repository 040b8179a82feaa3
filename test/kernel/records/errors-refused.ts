// ICMP that is about nothing of ours: what it quotes cannot be read, or is another's. On its way into a tunnel it is not touched;
// out of one it is refused, since a key opens its own service only.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import type { Family } from '../../../src/net/ip.ts';
import { buildIcmp } from '../../../src/packet/icmp.ts';
import { fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { type Extension, extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { type ErrorFields, errorAbout, errorOn, speakersOf } from './errors.ts';
import { type Fields, type Kind, kindText, sent, talkers, tcpOf, udpOf } from './families.ts';
import type { PacketRecord } from './record.ts';
import { bytes, endpoint } from './scene.ts';
import { allWays, stops, type Way } from './ways.ts';

const { tcp, udp } = protocolNumbers;
const others = {
  4: { port: endpoint('5.5.5.5:3101'), address: endpoint('5.5.5.6:3100') },
  6: { port: endpoint('[2001:db8:5::5]:3101'), address: endpoint('[2001:db8:5::6]:3100') },
} as const;
type Ends = { readonly client: (typeof others)[4]['port']; readonly own: (typeof others)[4]['port'] };

/** The endpoint that a quoted packet must be from or to, on this way, for the error to be ours. */
function ownOf(way: Way, { inner }: Kind): Ends {
  const { client, proxy, server } = talkers[inner];
  return { client, own: way === 'from-server' ? server : proxy };
}

/** What is quoted on this way, between these two. */
function quotedOn(way: Way, protocol: number, { client, own }: Ends, fields: Fields = {}): Uint8Array {
  const isFromOwn = way === 'to-proxy' || way === 'to-server';
  const [source, destination] = isFromOwn ? [own, client] : [client, own];
  return sent(protocol, source, destination, { payload: bytes(40), ...fields });
}

/** The scene's error on this way, about something else. */
function about(way: Way, kind: Kind, quoted: Uint8Array, fields: ErrorFields = {}): Uint8Array {
  const [[from, to]] = speakersOf(way, kind);
  return errorAbout(quoted, from, to, fields);
}

const padding = paddingExtension(extensionTypes.destinationOptions);
const atomicHeader: Extension = { type: extensionTypes.fragment, body: Uint8Array.of(0, 0, 0, 0, 0, 1) };
const extended: Readonly<Record<Family, readonly (readonly [name: string, fields: Fields])[]>> = {
  4: [['options', { options: Uint8Array.of(1, 1, 1, 0) }]],
  6: [
    ['an extension header', { extensions: [padding] }],
    ['an extension header before a fragment header', { extensions: [padding], atomic: true }],
    ['an extension header behind a fragment header', { extensions: [atomicHeader, padding] }],
    ['two fragment headers', { extensions: [atomicHeader], fragment: fragmentBits.moreFragments }],
  ],
};
/** First fragments quoted so far, and no farther. */
const inTwo: Fields = { fragment: fragmentBits.moreFragments };
const firstFragments: Readonly<Record<Family, readonly (readonly [name: string, end: number])[]>> = {
  4: [['that quotes 7 bytes of a first fragment', 20 + 7]],
  6: [
    ['that quotes half a fragment header', 40 + 3],
    ['that quotes a fragment header alone', 40 + 8],
    ['that quotes 7 bytes behind a fragment header', 40 + 8 + 7],
  ],
};
/** ICMP of these types is about no packet, or not an error that is carried. */
const otherTypes: Readonly<Record<Family, readonly number[]>> = { 4: [0, 4, 5, 8, 13], 6: [0, 5, 100, 128, 137] };

function unlike(way: Way, kind: Kind): readonly (readonly [name: string, packet: Uint8Array])[] {
  const ends = ownOf(way, kind);
  const { inner, protocol } = kind;
  const others4 = others[inner];
  const [[from, to]] = speakersOf(way, kind);
  const quote = (change: Partial<Ends>, fields: Fields = {}, how = protocol): Uint8Array =>
    quotedOn(way, how, { ...ends, ...change }, fields);
  const otherFamily = inner === 4 ? 6 : 4;
  const ofOtherFamily = packetOf(quotedOn(way, protocol, ownOf(way, { ...kind, inner: otherFamily })));
  const whole = packetOf(quote({}));
  const port0 = whole.slice(0, (inner === 4 ? 20 : 40) + 8);
  const portAt = port0.length - 8 + (way === 'to-proxy' || way === 'to-server' ? 0 : 2);
  port0.fill(0, portAt, portAt + 2);
  const quoting = (payload: Uint8Array): Uint8Array =>
    buildIcmp({ source: from, destination: to, type: inner === 4 ? 3 : 1, code: 3, payload });
  return [
    ['about another port', about(way, kind, quote({ own: { ...ends.own, port: others4.port.port } }))],
    ['about another address', about(way, kind, quote({ own: { ...ends.own, ip: others4.address.ip } }))],
    ['about another protocol', about(way, kind, quote({}, {}, protocol === tcp ? udp : tcp))],
    ['about a packet of the other direction', about(way, kind, quotedOn(reversed[way], protocol, ends))],
    ['about port 0', quoting(port0)],
    ['that quotes nothing', quoting(new Uint8Array(0))],
    ['that quotes half an IP header', quoting(whole.slice(0, 12))],
    ['that quotes an IP header alone', about(way, kind, quote({}), { transportBytes: 0 })],
    ['that quotes 7 bytes of the transport header', about(way, kind, quote({}), { transportBytes: 7 })],
    ['about a packet of the other family', quoting(ofOtherFamily)],
    ['about a later fragment', about(way, kind, quote({}, { fragment: 1 }))],
    ['about a fragment in the middle', about(way, kind, quote({}, { fragment: fragmentBits.moreFragments | 1 }))],
    ['about another error', about(way, kind, about(way, kind, quote({})))],
    ...extended[inner].map(
      ([name, fields]) => [`about a packet with ${name}`, about(way, kind, quote({}, fields))] as const,
    ),
    ...firstFragments[inner].map(([name, end]) => [name, quoting(packetOf(quote({}, inTwo)).slice(0, end))] as const),
    ...otherTypes[inner].map((type) => [`of type ${type}`, about(way, kind, quote({}), { type, code: 0 })] as const),
    ['in a first fragment', about(way, kind, quote({}), { fragment: fragmentBits.moreFragments })],
    ['with options of its own', about(way, kind, quote({}), ownOptions[inner])],
  ];
}

const reversed: Readonly<Record<Way, Way>> = {
  'to-proxy': 'from-proxy',
  'from-proxy': 'to-proxy',
  'to-server': 'from-server',
  'from-server': 'to-server',
};
const ownOptions: Readonly<Record<Family, ErrorFields>> = {
  4: { options: Uint8Array.of(1, 1, 1, 0) },
  6: { extensions: [paddingExtension(extensionTypes.hopByHop)] },
};

function refused(way: Way, kind: Kind): PacketRecord[] {
  const verdict = way === 'to-proxy' || way === 'from-server' ? 'pass-not-ours' : 'wrong-endpoint';
  return unlike(way, kind).map(([name, packet]) =>
    stops(way, kind, `${kindText(kind)}, ${way}: an error ${name}`, verdict, packet),
  );
}

const [four, six] = [tcpOf(4), tcpOf(6)];

/** An error to, or from, somebody else about a packet of ours. */
function misdirected(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const elsewhere = others[kind.inner].address.ip;
  const text = kindText(kind);
  const aboutReply = quotedOn('to-proxy', kind.protocol, { client, own: proxy });
  return [
    stops(
      'to-proxy',
      kind,
      `${text}: an error to another address than the quoted one`,
      'pass-not-ours',
      errorAbout(aboutReply, client.ip, elsewhere),
    ),
    stops(
      'to-server',
      kind,
      `${text}: an error out of a tunnel to another address`,
      'wrong-endpoint',
      errorAbout(aboutReply, client.ip, elsewhere),
    ),
    stops(
      'to-server',
      kind,
      `${text}: an error out of a tunnel to the endpoint itself`,
      'wrong-endpoint',
      errorAbout(aboutReply, client.ip, server.ip),
    ),
  ];
}

/** ICMP that ends before its eighth byte. */
function cutShort(way: Way, kind: Kind): PacketRecord {
  const [whole] = errorOn(way, kind, { transportBytes: 8 });
  const headerBytes = kind.inner === 4 ? 20 : 40;
  const packet = whole.slice(0, 14 + headerBytes + 7);
  const view = new DataView(packet.buffer);
  if (kind.inner === 4) view.setUint16(16, headerBytes + 7);
  else view.setUint16(18, 7);
  const verdict = way === 'to-proxy' || way === 'from-server' ? 'pass-not-ours' : 'bad-inner';
  return stops(way, kind, `${kindText(kind)}, ${way}: seven bytes of ICMP are none`, verdict, packet);
}

export const errorsRefused: readonly PacketRecord[] = [
  ...allWays.flatMap((way) => [
    ...[four, six, udpOf(4), udpOf(6)].flatMap((kind) => refused(way, kind)),
    cutShort(way, four),
    cutShort(way, six),
  ]),
  ...[four, six].flatMap(misdirected),
];
