// Frames taken apart, and whether their checksums are right. Takes any bytes: what is cut short reads as far as it goes.
import { type Endpoint, type Port, protocolNumbers } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { ethernetBytes, etherTypes, fragmentBits, ipv4Bytes } from './ipv4.ts';
import { checksumOffsets, tcpBytes, udpBytes } from './transport.ts';

export interface ReadPacket {
  readonly source: Ip;
  readonly destination: Ip;
  readonly protocol: number;
  readonly tos: number;
  readonly ttl: number;
  readonly id: number;
  /** DF, MF and offset as on the wire. */
  readonly fragment: number;
  readonly headerBytes: number;
  readonly totalBytes: number;
  /** TCP and UDP that are no later fragment. */
  readonly ports: { readonly source: Port; readonly destination: Port } | undefined;
  /** After the transport header where there is one, otherwise after the IP header. */
  readonly payload: Uint8Array;
  readonly checksums: {
    readonly ip: boolean;
    /** undefined: no transport header, or UDP without a checksum. */
    readonly transport: boolean | undefined;
  };
}

/** The packet in an Ethernet frame, or undefined when it is not IPv4. */
export function readFrame(frame: Uint8Array): ReadPacket | undefined {
  if (((frame[12] ?? 0) << 8) + (frame[13] ?? 0) !== etherTypes.ipv4) return undefined;
  return readPacket(frame.subarray(ethernetBytes));
}

/** The IPv4 packet that `bytes` begin with, or undefined when they do not begin with an IPv4 header. */
export function readPacket(bytes: Uint8Array): ReadPacket | undefined {
  const first = bytes[0] ?? 0;
  const headerBytes = (first & 15) * 4;
  if (first >> 4 !== 4 || headerBytes < ipv4Bytes || bytes.length < headerBytes) return undefined;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const totalBytes = view.getUint16(2);
  const base = {
    source: quadAt(bytes, 12),
    destination: quadAt(bytes, 16),
    protocol: view.getUint8(9),
    tos: view.getUint8(1),
    ttl: view.getUint8(8),
    id: view.getUint16(4),
    fragment: view.getUint16(6),
    headerBytes,
    totalBytes,
  };
  const ip = checksum(bytes.subarray(0, headerBytes)) === 0;
  const segment = bytes.subarray(headerBytes, Math.max(headerBytes, totalBytes));
  const least = base.protocol === protocolNumbers.tcp ? tcpBytes : udpBytes;
  const known = base.protocol === protocolNumbers.tcp || base.protocol === protocolNumbers.udp;
  if (!known || base.fragment & fragmentBits.offset || segment.length < least)
    return { ...base, ports: undefined, payload: segment, checksums: { ip, transport: undefined } };

  const ports = { source: view.getUint16(headerBytes) as Port, destination: view.getUint16(headerBytes + 2) as Port };
  const skipped = base.protocol === protocolNumbers.tcp ? ((segment[12] ?? 0) >> 4) * 4 : udpBytes;
  return {
    ...base,
    ports,
    payload: segment.subarray(skipped),
    checksums: { ip, transport: base.fragment & fragmentBits.moreFragments ? undefined : transportOf(base, segment) },
  };
}

export function sourceOf(packet: ReadPacket): Endpoint | undefined {
  return packet.ports && { ip: packet.source, port: packet.ports.source };
}

export function destinationOf(packet: ReadPacket): Endpoint | undefined {
  return packet.ports && { ip: packet.destination, port: packet.ports.destination };
}

function transportOf(
  { source, destination, protocol }: Pick<ReadPacket, 'source' | 'destination' | 'protocol'>,
  segment: Uint8Array,
): boolean | undefined {
  const field = checksumOffsets.udp;
  if (protocol === protocolNumbers.udp && !segment[field] && !segment[field + 1]) return undefined;
  return checksum(segment, pseudoHeaderSum(source, destination, protocol, segment.length)) === 0;
}

function quadAt(bytes: Uint8Array, at: number): Ip {
  return bytes.subarray(at, at + 4).join('.') as Ip;
}
