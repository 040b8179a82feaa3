// GUE (PROTOCOL.md section 1, DATAPATH.md sections 4 and 5): the payload of a tunnel's UDP datagrams, built and taken apart, with the
// keyed header and with the short one. A frame of it is buildUdp({ …, payload: gueData(…), checksum: 'none' }).
import type { Family } from '../net/ip.ts';
import { ipv4Bytes } from './ipv4.ts';
import { ipv6Bytes } from './ipv6.ts';
import { sipHash } from './siphash.ts';
import { udpBytes } from './transport.ts';

export type HeaderKind = 'keyed' | 'short';

/** Header bytes before what is carried. */
export const gueBytes = 24;
export const shortGueBytes = 8;
export const keyBytes = 16;
/** The first 32-bit word: version 0, control bit, length in words, protocol or control type, flags G and SEC 010. */
export const gueWords = { data: 0x0504a000, dataIpv6: 0x0529a000, ping: 0x2601a000, signedPing: 0x2a01a000 } as const;
/** Of the whole UDP payload. */
export const pingBytes = 28;
export const signedPingBytes = 44;

/** Outer IP, UDP and GUE: what encapsulation adds. */
export function overheadOf(outer: Family, header: HeaderKind): number {
  return (outer === 4 ? ipv4Bytes : ipv6Bytes) + udpBytes + (header === 'keyed' ? gueBytes : shortGueBytes);
}

/** The word before a packet of this family. */
export function dataWord(inner: Family): number {
  return inner === 4 ? gueWords.data : gueWords.dataIpv6;
}

/** Who speaks: the same in data and ping. */
export interface GueHeader {
  readonly group: number;
  readonly service: number;
  /** 16 bytes. */
  readonly key: Uint8Array;
}

/** A GUE header and whatever comes after it. `word`: gueWords, or something else on purpose. */
export function gueThen(word: number, header: GueHeader, rest: Uint8Array): Uint8Array {
  if (header.key.length !== keyBytes) throw new RangeError(`a key of ${header.key.length} bytes`);
  const bytes = new Uint8Array(gueBytes + rest.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, word);
  view.setUint16(4, header.group);
  view.setUint16(6, header.service);
  bytes.set(header.key, 8);
  bytes.set(rest, gueBytes);
  return bytes;
}

/** An IP packet (without Ethernet header: packetOf) on its way through a tunnel. */
export function gueData(header: GueHeader, packet: Uint8Array): Uint8Array {
  return gueThen(wordBefore(packet), header, packet);
}

function wordBefore(packet: Uint8Array): number {
  return dataWord((packet[0] ?? 0) >> 4 === 6 ? 6 : 4);
}

/** `tunnel`: the gateway's number for it. */
export function guePing(header: GueHeader, tunnel: number): Uint8Array {
  return gueThen(gueWords.ping, header, be32Bytes(tunnel));
}

/** `sequence`: CLOCK_REALTIME in nanoseconds. `signKey`: 16 bytes, never sent. */
export function gueSignedPing(header: GueHeader, tunnel: number, sequence: bigint, signKey: Uint8Array): Uint8Array {
  const rest = new Uint8Array(signedPingBytes - gueBytes);
  const view = new DataView(rest.buffer);
  view.setUint32(0, tunnel);
  view.setBigUint64(4, sequence);
  const ping = gueThen(gueWords.signedPing, header, rest);
  ping.set(sipHash(signKey, signedPart(ping)), signedPingBytes - 8);
  return ping;
}

/** What is signed, as it lies on the wire: group, service, tunnel id, sequence. */
export function signedPart(payload: Uint8Array): Uint8Array {
  const part = new Uint8Array(16);
  part.set(payload.subarray(4, 8));
  part.set(payload.subarray(gueBytes, gueBytes + 12), 4);
  return part;
}

/** A header without service and key: the word, a tunnel's id at the far end, and whatever comes after it. */
export function shortThen(word: number, tunnel: number, rest: Uint8Array): Uint8Array {
  const bytes = new Uint8Array(shortGueBytes + rest.length);
  bytes.set(be32Bytes(word));
  bytes.set(be32Bytes(tunnel), 4);
  bytes.set(rest, shortGueBytes);
  return bytes;
}

export function shortData(tunnel: number, packet: Uint8Array): Uint8Array {
  return shortThen(wordBefore(packet), tunnel, packet);
}

export function shortPing(tunnel: number): Uint8Array {
  return shortThen(gueWords.ping, tunnel, new Uint8Array(0));
}

function be32Bytes(number: number): Uint8Array {
  const bytes = new Uint8Array(4);
  new DataView(bytes.buffer).setUint32(0, number);
  return bytes;
}

export type Gue = GueHeader &
  (
    | { readonly kind: 'data'; readonly packet: Uint8Array }
    | { readonly kind: 'ping'; readonly tunnel: number }
    | { readonly kind: 'signed-ping'; readonly tunnel: number; readonly sequence: bigint }
  );

/** What a UDP payload says, or undefined when it is neither data nor ping with a keyed header. */
export function readGue(payload: Uint8Array): Gue | undefined {
  if (payload.length < gueBytes + 4) return undefined;
  const view = viewOf(payload);
  const header = { group: view.getUint16(4), service: view.getUint16(6), key: payload.subarray(8, gueBytes) };
  const word = view.getUint32(0);
  if (isData(word)) return { ...header, kind: 'data', packet: payload.subarray(gueBytes) };
  const tunnel = view.getUint32(gueBytes);
  if (word === gueWords.ping && payload.length === pingBytes) return { ...header, kind: 'ping', tunnel };
  if (word === gueWords.signedPing && payload.length === signedPingBytes)
    return { ...header, kind: 'signed-ping', tunnel, sequence: view.getBigUint64(gueBytes + 4) };
  return undefined;
}

export type ShortGue =
  | { readonly kind: 'data'; readonly tunnel: number; readonly packet: Uint8Array }
  | { readonly kind: 'ping'; readonly tunnel: number };

/** The same for the short header. Both begin alike: only who sent it tells which one it is. */
export function readShort(payload: Uint8Array): ShortGue | undefined {
  if (payload.length < shortGueBytes) return undefined;
  const view = viewOf(payload);
  const [word, tunnel] = [view.getUint32(0), view.getUint32(4)];
  if (isData(word)) return { kind: 'data', tunnel, packet: payload.subarray(shortGueBytes) };
  if (word === gueWords.ping && payload.length === shortGueBytes) return { kind: 'ping', tunnel };
  return undefined;
}

function isData(word: number): boolean {
  return word === gueWords.data || word === gueWords.dataIpv6;
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
