// Ethernet frames with an IPv4 packet in them, built field by field: well-formed unless told otherwise.
import { type Ip, ipOctets } from '../net/ip.ts';
import { checksum } from './checksum.ts';

export const ethernetBytes = 14;
export const ipv4Bytes = 20;
/** EtherTypes. */
export const etherTypes = { ipv4: 0x0800, arp: 0x0806, ipv6: 0x86dd } as const;
/** IPv4 flags as they lie in the fragment field. */
export const fragmentBits = { dontFragment: 0x4000, moreFragments: 0x2000, offset: 0x1fff } as const;

export interface MacFields {
  /** 6 bytes each; all zero when not given, which a test run takes for "to this host". */
  readonly destinationMac?: Uint8Array;
  readonly sourceMac?: Uint8Array;
}

/** Fields of an Ethernet and an IPv4 header that have a usual value. */
export interface Ipv4Fields extends MacFields {
  readonly tos?: number;
  readonly ttl?: number;
  readonly id?: number;
  /** fragmentBits, offset in units of 8 bytes; `dontFragment` when not given. */
  readonly fragment?: number;
  /** A multiple of 4 bytes, at most 40. */
  readonly options?: Uint8Array;
}

export interface Ipv4Packet extends Ipv4Fields {
  readonly source: Ip;
  readonly destination: Ip;
  /** IANA protocol number. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** An Ethernet frame around the packet. Throws RangeError when it cannot be that long. */
export function buildIpv4(packet: Ipv4Packet): Uint8Array {
  const options = packet.options ?? new Uint8Array(0);
  const headerBytes = ipv4Bytes + options.length;
  const total = headerBytes + packet.payload.length;
  if (options.length % 4 || options.length > 40) throw new RangeError(`${options.length} bytes of IPv4 options`);
  if (total > 0xffff) throw new RangeError(`${total} bytes are too long for an IPv4 packet`);
  const frame = buildEthernet(etherTypes.ipv4, total, packet);
  const header = frame.subarray(ethernetBytes, ethernetBytes + headerBytes);
  const view = new DataView(frame.buffer, ethernetBytes);
  view.setUint8(0, 0x40 | (headerBytes / 4));
  view.setUint8(1, packet.tos ?? 0);
  view.setUint16(2, total);
  view.setUint16(4, packet.id ?? 0);
  view.setUint16(6, packet.fragment ?? fragmentBits.dontFragment);
  view.setUint8(8, packet.ttl ?? 64);
  view.setUint8(9, packet.protocol);
  header.set(ipOctets(packet.source), 12);
  header.set(ipOctets(packet.destination), 16);
  header.set(options, ipv4Bytes);
  view.setUint16(10, checksum(header));
  frame.set(packet.payload, ethernetBytes + headerBytes);
  return frame;
}

/** An Ethernet header with `length` zero bytes after it. */
export function buildEthernet(type: number, length: number, macs: MacFields = {}): Uint8Array {
  const frame = new Uint8Array(ethernetBytes + length);
  if (macs.destinationMac) frame.set(macs.destinationMac, 0);
  if (macs.sourceMac) frame.set(macs.sourceMac, 6);
  new DataView(frame.buffer).setUint16(12, type);
  return frame;
}

/** The packet in a frame: what a tunnel carries. */
export function packetOf(frame: Uint8Array): Uint8Array {
  return frame.subarray(ethernetBytes);
}
