// ICMP errors about the packets of the scene, in either direction.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { type Family, familyOf, type Ip } from '../../../src/net/ip.ts';
import { buildIcmp, icmpTypes } from '../../../src/packet/icmp.ts';
import type { IpFields } from '../../../src/packet/ip.ts';
import { packetOf } from '../../../src/packet/ipv4.ts';
import { readFrame } from '../../../src/packet/read.ts';
import { answerOf, deliveredOf, type Fields, type Kind, replyOf, requestOf, talkers } from './families.ts';
import { bytes } from './scene.ts';
import type { Way } from './ways.ts';

/** Somebody between the ends who speaks up. */
export const routers: Readonly<Record<Family, Ip>> = { 4: '192.0.2.1' as Ip, 6: '2001:db8:ff::1' as Ip };

export interface ErrorFields extends IpFields {
  /** Port unreachable when not given. */
  readonly type?: number;
  readonly code?: number;
  readonly word?: number;
  /** How much is quoted behind the IP header; all of it when not given. */
  readonly transportBytes?: number | undefined;
}

/** The codes of "port unreachable" (RFC 792, RFC 4443). */
const portCodes = { 4: 3, 6: 4 } as const;

/** From `source` to `destination`, about a packet in a frame. */
export function errorAbout(quoted: Uint8Array, source: Ip, destination: Ip, fields: ErrorFields = {}): Uint8Array {
  const family = familyOf(source);
  const { type = icmpTypes[family].unreachable, code = portCodes[family], transportBytes, ...rest } = fields;
  const headerBytes = readFrame(quoted)?.headerBytes ?? 0;
  const end = transportBytes === undefined ? undefined : headerBytes + transportBytes;
  return buildIcmp({ source, destination, type, code, payload: packetOf(quoted).slice(0, end), ...rest });
}

/** Type and code of errors of each kind, with the words that belong to them. */
export const errorsOf: Readonly<Record<Family, readonly (readonly [name: string, fields: ErrorFields])[]>> = {
  4: [
    ['port unreachable', { type: icmpTypes[4].unreachable, code: 3 }],
    ['fragmentation needed', { type: icmpTypes[4].unreachable, code: 4, word: 1400 }],
    ['time exceeded', { type: icmpTypes[4].timeExceeded, code: 0 }],
    ['parameter problem', { type: icmpTypes[4].parameterProblem, code: 0, word: 0x14000000 }],
  ],
  6: [
    ['port unreachable', { type: icmpTypes[6].unreachable, code: 4 }],
    ['packet too big', { type: icmpTypes[6].tooBig, code: 0, word: 1400 }],
    ['time exceeded', { type: icmpTypes[6].timeExceeded, code: 0 }],
    ['parameter problem', { type: icmpTypes[6].parameterProblem, code: 1, word: 6 }],
  ],
};

/** How much of a packet is quoted: of TCP without its checksum, up to it, with its header, and all. */
export function quoteLengths({
  protocol,
}: Kind): readonly (readonly [name: string, transportBytes: number | undefined])[] {
  const lengths = protocol === protocolNumbers.tcp ? [8, 16, 18, 20] : [8, 20];
  return [...lengths.map((length) => [`${length} bytes`, length] as const), ['all', undefined]];
}

/** The packet that an error on this way is about, as its sender knows it, and as the receiver does. */
const abouts: Readonly<Record<Way, (kind: Kind, fields: Fields) => readonly [Uint8Array, Uint8Array]>> = {
  'to-proxy': (kind, fields) => [replyOf(kind, fields), replyOf(kind, fields)],
  'to-server': (kind, fields) => [replyOf(kind, fields), answerOf(kind, fields)],
  'from-server': (kind, fields) => [deliveredOf(kind, fields), requestOf(kind, fields)],
  'from-proxy': (kind, fields) => [requestOf(kind, fields), requestOf(kind, fields)],
};

/** Who sends an error on this way to whom, as it comes and as it goes on. */
export function speakersOf(way: Way, { inner }: Kind): readonly [readonly [Ip, Ip], readonly [Ip, Ip]] {
  const { client, proxy, server } = talkers[inner];
  const ends = {
    'to-proxy': [client, proxy, client, proxy],
    'to-server': [client, proxy, client, server],
    'from-server': [server, client, proxy, client],
    'from-proxy': [proxy, client, proxy, client],
  } as const;
  const [from, to, fromAfter, toAfter] = ends[way];
  return [
    [from.ip, to.ip],
    [fromAfter.ip, toAfter.ip],
  ];
}

const plain: Fields = { payload: bytes(40) };

/** An error on this way before and after it; `router`: of somebody on the way, who speaks for himself. */
export function errorOn(
  way: Way,
  kind: Kind,
  fields: ErrorFields = {},
  { router = false, quoted = plain }: { readonly router?: boolean; readonly quoted?: Fields } = {},
): [Uint8Array, Uint8Array] {
  const [before, after] = abouts[way](kind, quoted);
  const [comes, goes] = speakersOf(way, kind);
  const speaker = (ip: Ip): Ip => (router ? routers[kind.inner] : ip);
  return [
    errorAbout(before, speaker(comes[0]), comes[1], fields),
    errorAbout(after, speaker(goes[0]), goes[1], fields),
  ];
}
