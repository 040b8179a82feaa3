// The bytes of the model: IPv4 packets in Ethernet frames taken apart, wrapped, unwrapped and translated. Written from the RFCs
// and PROTOCOL.md, independently of the C that it is compared with. Decides nothing.
import { type Endpoint, type Port, protocolNumbers } from '../net/endpoint.ts';
import { type Ip, ipOctets } from '../net/ip.ts';
import { onesSum } from './checksum.ts';
import { gueBytes, gueWords } from './gue.ts';

const overheadBytes = 52;

import { ethernetBytes, fragmentBits, ipv4Bytes } from './ipv4.ts';
import { tcpBytes, udpBytes } from './transport.ts';

const portsBytes = 4;

export interface Ipv4 {
  /** Where its header starts in the frame. */
  readonly at: number;
  readonly headerBytes: number;
  /** As its header says. */
  readonly bytes: number;
  readonly tos: number;
  readonly id: number;
  readonly fragment: 'none' | 'first' | 'later';
  readonly protocol: number;
  /** Ports are 0 where there are none: later fragments, other protocols, a frame that ends before them. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** undefined: no IPv4 header of 20 bytes or more at `at`. */
export function readIpv4(frame: Uint8Array, at: number): Ipv4 | undefined {
  const first = frame[at] ?? 0;
  const headerBytes = (first & 15) * 4;
  if (first >> 4 !== 4 || headerBytes < ipv4Bytes || frame.length < at + ipv4Bytes) return undefined;
  const protocol = frame[at + 9] ?? 0;
  const fragmentWord = be16(frame, at + 6) & (fragmentBits.moreFragments | fragmentBits.offset);
  const hasPorts =
    (protocol === protocolNumbers.tcp || protocol === protocolNumbers.udp) &&
    (fragmentWord & fragmentBits.offset) === 0 &&
    frame.length >= at + headerBytes + portsBytes;
  const portAt = (offset: number): Port => (hasPorts ? be16(frame, at + headerBytes + offset) : 0) as Port;
  return {
    at,
    headerBytes,
    bytes: be16(frame, at + 2),
    tos: frame[at + 1] ?? 0,
    id: be16(frame, at + 4),
    fragment: fragmentWord === 0 ? 'none' : fragmentWord & fragmentBits.offset ? 'later' : 'first',
    protocol,
    source: { ip: ipAt(frame, at + 12), port: portAt(0) },
    destination: { ip: ipAt(frame, at + 16), port: portAt(2) },
  };
}

/** Whether the header says as many bytes as there are, and they hold a whole TCP or UDP header, or anything in a later fragment. */
export function isWellFormed(packet: Ipv4, room: number): boolean {
  const header = packet.protocol === protocolNumbers.tcp ? tcpBytes : udpBytes;
  const least = packet.fragment === 'later' ? 1 : header;
  return packet.bytes === room && room >= ipv4Bytes + least;
}

/** PROTOCOL.md section 1: outer header with TOS and DF as inside, TTL 64, UDP checksum 0; then the keyed GUE header. */
export function wrap(
  frame: Uint8Array,
  ends: { readonly local: Endpoint; readonly remote: Endpoint },
  service: { readonly group: number; readonly service: number; readonly key: Uint8Array },
): Uint8Array {
  const innerBytes = frame.length - ethernetBytes;
  const outer = new Uint8Array(frame.length + overheadBytes);
  const view = new DataView(outer.buffer);
  outer.set(frame.subarray(0, ethernetBytes));
  outer.set(frame.subarray(ethernetBytes), ethernetBytes + overheadBytes);
  outer[14] = 0x45;
  outer[15] = frame[15] ?? 0;
  view.setUint16(16, innerBytes + overheadBytes);
  view.setUint16(20, be16(frame, 20) & fragmentBits.dontFragment);
  outer[22] = 64;
  outer[23] = protocolNumbers.udp;
  outer.set(ipOctets(ends.local.ip), 26);
  outer.set(ipOctets(ends.remote.ip), 30);
  view.setUint16(24, onesSum(outer.subarray(14, 34)) ^ 0xffff);
  view.setUint16(34, ends.local.port);
  view.setUint16(36, ends.remote.port);
  view.setUint16(38, innerBytes + udpBytes + gueBytes);
  view.setUint32(42, gueWords.data);
  view.setUint16(46, service.group);
  view.setUint16(48, service.service);
  outer.set(service.key, 50);
  return outer;
}

/** RFC 6040 section 4.2: the inner ECN field after decapsulation, by the inner and the outer one; undefined: to be dropped. */
export function ecnOf(inner: number, outer: number): number | undefined {
  const [notEct, ect1, ect0, ce] = [0, 1, 2, 3];
  switch (inner & 3) {
    case notEct:
      return (outer & 3) === ce ? undefined : notEct;
    case ce:
      return ce;
    default:
      if ((outer & 3) === ce) return ce;
      return (inner & 3) === ect0 && (outer & 3) === ect1 ? ect1 : inner & 3;
  }
}

/** The inner packet behind the frame's own Ethernet header, with this ECN field. */
export function unwrap(frame: Uint8Array, ecn: number): Uint8Array {
  const plain = new Uint8Array(frame.length - overheadBytes);
  plain.set(frame.subarray(0, ethernetBytes));
  plain.set(frame.subarray(ethernetBytes + overheadBytes), ethernetBytes);
  const before = plain[15] ?? 0;
  const after = (before & ~3) | ecn;
  if (after === before) return plain;
  plain[15] = after;
  const view = new DataView(plain.buffer);
  view.setUint16(24, adjusted(view.getUint16(24), after + (before ^ 0xffff)));
  return plain;
}

/** A copy with one endpoint of the packet at the frame's start replaced, its checksums adjusted. */
export function translate(frame: Uint8Array, side: 'source' | 'destination', from: Endpoint, to: Endpoint): Uint8Array {
  const out = frame.slice();
  const view = new DataView(out.buffer);
  const l4 = ethernetBytes + ipv4Bytes;
  const udp = out[23] === protocolNumbers.udp;
  const addresses = onesSum(ipOctets(to.ip)) + (onesSum(ipOctets(from.ip)) ^ 0xffff);
  out.set(ipOctets(to.ip), side === 'source' ? 26 : 30);
  view.setUint16(24, adjusted(view.getUint16(24), addresses));
  // A later fragment has neither ports nor a transport checksum.
  if (be16(out, 20) & fragmentBits.offset) return out;
  view.setUint16(l4 + (side === 'source' ? 0 : 2), to.port);
  const checksumAt = l4 + (udp ? 6 : 16);
  const checksum = view.getUint16(checksumAt);
  // UDP without a checksum stays without one, and a sum of zero is written as ffff.
  if (udp && checksum === 0) return out;
  const after = adjusted(checksum, addresses + to.port + (from.port ^ 0xffff));
  view.setUint16(checksumAt, udp && after === 0 ? 0xffff : after);
  return out;
}

/** RFC 1624, equation 3: HC' = ~(~HC + ~m + m'). */
export function adjusted(checksum: number, change: number): number {
  return fold((checksum ^ 0xffff) + change) ^ 0xffff;
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

export function be16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

export function be32(bytes: Uint8Array, at: number): number {
  return be16(bytes, at) * 65536 + be16(bytes, at + 2);
}

function ipAt(bytes: Uint8Array, at: number): Ip {
  return bytes.subarray(at, at + 4).join('.') as Ip;
}
