// Frames of both families taken apart, and whether their checksums are right. Takes any bytes: what is cut short reads as far as it goes.
import { type Endpoint, type Port, protocolNumbers } from '../net/endpoint.ts';
import { type Family, type Ip, ipFromOctets } from '../net/ip.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { icmpBytes, icmpProtocols } from './icmp.ts';
import { ethernetBytes, etherTypes, fragmentBits, ipv4Bytes } from './ipv4.ts';
import { extensionTypes, ipv6Bytes } from './ipv6.ts';
import { checksumOffsets, tcpBytes, udpBytes } from './transport.ts';

export interface ReadPacket {
  readonly family: Family;
  readonly source: Ip;
  readonly destination: Ip;
  /** Of IPv6 the last next header that could be read. */
  readonly protocol: number;
  /** Traffic class, of IPv6. */
  readonly tos: number;
  /** Hop limit, of IPv6. */
  readonly ttl: number;
  /** Of IPv6 that of the fragment header; 0 without one. */
  readonly id: number;
  /** DF, MF and offset as in IPv4's header, also of IPv6. */
  readonly fragment: number;
  /** Options and extension headers included. */
  readonly headerBytes: number;
  readonly totalBytes: number;
  /** TCP and UDP that are no later fragment. */
  readonly ports: { readonly source: Port; readonly destination: Port } | undefined;
  /** After the transport header where there is one, otherwise after the IP header; of ICMP, behind its 8 bytes. */
  readonly payload: Uint8Array;
  /** Behind the IP header, transport header included. */
  readonly segment: Uint8Array;
  readonly checksums: {
    /** undefined: IPv6 has none. */
    readonly ip: boolean | undefined;
    /** undefined: no transport header, or UDP without a checksum. */
    readonly transport: boolean | undefined;
  };
}

type Head = Omit<ReadPacket, 'ports' | 'payload' | 'segment' | 'checksums'>;

/** The packet in an Ethernet frame, or undefined when it is neither IPv4 nor IPv6. */
export function readFrame(frame: Uint8Array): ReadPacket | undefined {
  const type = ((frame[12] ?? 0) << 8) + (frame[13] ?? 0);
  const packet = readPacket(frame.subarray(ethernetBytes));
  return packet && type === (packet.family === 4 ? etherTypes.ipv4 : etherTypes.ipv6) ? packet : undefined;
}

/** The packet that `bytes` begin with, or undefined when they do not begin with an IP header. */
export function readPacket(bytes: Uint8Array): ReadPacket | undefined {
  const head = (bytes[0] ?? 0) >> 4 === 6 ? readIpv6Head(bytes) : readIpv4Head(bytes);
  if (!head) return undefined;
  const { headerBytes, totalBytes, fragment, protocol, family } = head;
  const segment = bytes.subarray(headerBytes, Math.max(headerBytes, totalBytes));
  const ip = family === 4 ? checksum(bytes.subarray(0, headerBytes)) === 0 : undefined;
  const least = leastBytes(family, protocol);
  if (!least || fragment & fragmentBits.offset || segment.length < least)
    return { ...head, ports: undefined, payload: segment, segment, checksums: { ip, transport: undefined } };

  const portAt = (at: number): Port => (((segment[at] ?? 0) << 8) + (segment[at + 1] ?? 0)) as Port;
  const isIcmp = protocol === icmpProtocols[family];
  const skipped = protocol === protocolNumbers.tcp ? ((segment[12] ?? 0) >> 4) * 4 : least;
  const transport = fragment & fragmentBits.moreFragments ? undefined : transportOf(head, segment);
  return {
    ...head,
    ports: isIcmp ? undefined : { source: portAt(0), destination: portAt(2) },
    payload: segment.subarray(skipped),
    segment,
    checksums: { ip, transport },
  };
}

function readIpv4Head(bytes: Uint8Array): Head | undefined {
  const headerBytes = ((bytes[0] ?? 0) & 15) * 4;
  if ((bytes[0] ?? 0) >> 4 !== 4 || headerBytes < ipv4Bytes || bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  return {
    family: 4,
    source: ipFromOctets(bytes.subarray(12, 16)),
    destination: ipFromOctets(bytes.subarray(16, 20)),
    protocol: view.getUint8(9),
    tos: view.getUint8(1),
    ttl: view.getUint8(8),
    id: view.getUint16(4),
    fragment: view.getUint16(6),
    headerBytes,
    totalBytes: view.getUint16(2),
  };
}

function readIpv6Head(bytes: Uint8Array): Head | undefined {
  if (bytes.length < ipv6Bytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const walked = walk(view, view.getUint8(6));
  return {
    family: 6,
    source: ipFromOctets(bytes.subarray(8, 24)),
    destination: ipFromOctets(bytes.subarray(24, 40)),
    tos: (view.getUint16(0) >> 4) & 0xff,
    ttl: view.getUint8(7),
    totalBytes: view.getUint16(4) + ipv6Bytes,
    ...walked,
  };
}

const walkable: readonly number[] = Object.values(extensionTypes);

/** As far as the extension headers go and are whole. */
function walk(view: DataView, first: number): Pick<Head, 'protocol' | 'id' | 'fragment' | 'headerBytes'> {
  let found = { protocol: first, id: 0, fragment: 0, headerBytes: ipv6Bytes };
  while (walkable.includes(found.protocol) && found.headerBytes + 8 <= view.byteLength) {
    const { protocol, headerBytes: at } = found;
    const protocolAfter = view.getUint8(at);
    if (protocol === extensionTypes.fragment) {
      const word = view.getUint16(at + 2);
      const fragment = (word >> 3) | (word & 1 ? fragmentBits.moreFragments : 0);
      found = { protocol: protocolAfter, id: view.getUint32(at + 4), fragment, headerBytes: at + 8 };
      if (fragment & fragmentBits.offset) return found;
      continue;
    }
    const end = at + (view.getUint8(at + 1) + 1) * 8;
    if (end > view.byteLength) return found;
    found = { ...found, protocol: protocolAfter, headerBytes: end };
  }
  return found;
}

export function sourceOf(packet: ReadPacket): Endpoint | undefined {
  return packet.ports && { ip: packet.source, port: packet.ports.source };
}

export function destinationOf(packet: ReadPacket): Endpoint | undefined {
  return packet.ports && { ip: packet.destination, port: packet.ports.destination };
}

/** Of the transport header; undefined: a protocol that is not looked into. */
function leastBytes(family: Family, protocol: number): number | undefined {
  if (protocol === protocolNumbers.tcp) return tcpBytes;
  if (protocol === protocolNumbers.udp) return udpBytes;
  return protocol === icmpProtocols[family] ? icmpBytes : undefined;
}

function transportOf({ family, source, destination, protocol }: Head, segment: Uint8Array): boolean | undefined {
  const field = checksumOffsets.udp;
  if (protocol === protocolNumbers.udp && !segment[field] && !segment[field + 1]) return undefined;
  const hasPseudoHeader = protocol !== icmpProtocols[4] || family === 6;
  const start = hasPseudoHeader ? pseudoHeaderSum(source, destination, protocol, segment.length) : 0;
  return checksum(segment, start) === 0;
}
