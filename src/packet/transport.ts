// TCP segments and UDP datagrams as frames, with right checksums unless told otherwise.
import { type Endpoint, protocolNumbers } from '../net/endpoint.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { buildIp, type IpFields } from './ip.ts';

export const udpBytes = 8;
export const tcpBytes = 20;
/** Where each header holds its checksum. */
export const checksumOffsets = { tcp: 16, udp: 6 } as const;
export const tcpFlags = { fin: 0x01, syn: 0x02, rst: 0x04, psh: 0x08, ack: 0x10 } as const;

interface Segment extends IpFields {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly payload?: Uint8Array;
}

export interface UdpDatagram extends Segment {
  /** `none`: zero, which IPv4 allows, and IPv6 to tunnels (RFC 6935). */
  readonly checksum?: 'right' | 'none';
}

export interface TcpSegment extends Segment {
  /** tcpFlags; SYN when not given. */
  readonly flags?: number;
  readonly sequence?: number;
  readonly acknowledged?: number;
  /** TCP's own, a multiple of 4 bytes, at most 40; `options` are IP's. */
  readonly tcpOptions?: Uint8Array;
}

export function buildUdp(datagram: UdpDatagram): Uint8Array {
  const payload = datagram.payload ?? new Uint8Array(0);
  const bytes = new Uint8Array(udpBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, datagram.source.port);
  view.setUint16(2, datagram.destination.port);
  view.setUint16(4, bytes.length);
  bytes.set(payload, udpBytes);
  // RFC 768: a sum of zero is sent as all ones, since zero says that there is none.
  if (datagram.checksum !== 'none')
    view.setUint16(checksumOffsets.udp, transportSum(datagram, protocolNumbers.udp, bytes) || 0xffff);
  return framed(datagram, protocolNumbers.udp, bytes);
}

export function buildTcp(segment: TcpSegment): Uint8Array {
  const payload = segment.payload ?? new Uint8Array(0);
  const options = segment.tcpOptions ?? new Uint8Array(0);
  const headerBytes = tcpBytes + options.length;
  const bytes = new Uint8Array(headerBytes + payload.length);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, segment.source.port);
  view.setUint16(2, segment.destination.port);
  view.setUint32(4, segment.sequence ?? 1);
  view.setUint32(8, segment.acknowledged ?? 0);
  view.setUint8(12, (headerBytes / 4) << 4);
  view.setUint8(13, segment.flags ?? tcpFlags.syn);
  view.setUint16(14, 0xffff);
  bytes.set(options, tcpBytes);
  bytes.set(payload, headerBytes);
  view.setUint16(checksumOffsets.tcp, transportSum(segment, protocolNumbers.tcp, bytes));
  return framed(segment, protocolNumbers.tcp, bytes);
}

function transportSum({ source, destination }: Segment, protocol: number, bytes: Uint8Array): number {
  return checksum(bytes, pseudoHeaderSum(source.ip, destination.ip, protocol, bytes.length));
}

function framed(segment: Segment, protocol: number, payload: Uint8Array): Uint8Array {
  return buildIp({ ...segment, source: segment.source.ip, destination: segment.destination.ip, protocol, payload });
}
