// Ethernet frames with an IPv6 packet in them (RFC 8200), built field by field: well-formed unless told otherwise.
import { type Ip, ipOctets } from '../net/ip.ts';
import { buildEthernet, ethernetBytes, etherTypes, fragmentBits, type MacFields } from './ipv4.ts';

export const ipv6Bytes = 40;
/** Next-header numbers of the extension headers that are walked. */
export const extensionTypes = { hopByHop: 0, routing: 43, fragment: 44, destinationOptions: 60 } as const;
export const fragmentHeaderBytes = 8;

/** An extension header; its next header and its length are put before the body. */
export interface Extension {
  /** extensionTypes, or another on purpose. */
  readonly type: number;
  /** 6 bytes more than a multiple of 8. */
  readonly body: Uint8Array;
}

/** Fields of an Ethernet and an IPv6 header that have a usual value; named as those of IPv4 that mean the same. */
export interface Ipv6Fields extends MacFields {
  /** Traffic class. */
  readonly tos?: number;
  /** Hop limit. */
  readonly ttl?: number;
  readonly flowLabel?: number;
  /** As in IPv4: fragmentBits, offset in units of 8 bytes. More fragments or an offset make a fragment header. */
  readonly fragment?: number;
  /** A fragment header also where `fragment` makes none: an atomic fragment (RFC 6946). */
  readonly atomic?: boolean;
  /** Of the fragment header; 32 bits. */
  readonly id?: number;
  /** Before the fragment header, in this order. */
  readonly extensions?: readonly Extension[];
}

export interface Ipv6Packet extends Ipv6Fields {
  readonly source: Ip;
  readonly destination: Ip;
  /** IANA protocol number: the last next header. */
  readonly protocol: number;
  readonly payload: Uint8Array;
}

/** An Ethernet frame around the packet. Throws RangeError when it cannot be that long. */
export function buildIpv6(packet: Ipv6Packet): Uint8Array {
  const headers = [...(packet.extensions ?? []), ...fragmentHeader(packet)];
  const chain = chained(headers, packet.protocol);
  const payloadBytes = chain.length + packet.payload.length;
  if (payloadBytes > 0xffff) throw new RangeError(`${payloadBytes} bytes are too long for an IPv6 packet`);
  const frame = buildEthernet(etherTypes.ipv6, ipv6Bytes + payloadBytes, packet);
  const header = frame.subarray(ethernetBytes);
  const view = new DataView(frame.buffer, ethernetBytes);
  view.setUint32(0, 0x60000000 + (packet.tos ?? 0) * 0x100000 + (packet.flowLabel ?? 0));
  view.setUint16(4, payloadBytes);
  view.setUint8(6, headers[0]?.type ?? packet.protocol);
  view.setUint8(7, packet.ttl ?? 64);
  header.set(ipOctets(packet.source), 8);
  header.set(ipOctets(packet.destination), 24);
  header.set(chain, ipv6Bytes);
  header.set(packet.payload, ipv6Bytes + chain.length);
  return frame;
}

function fragmentHeader({ fragment = 0, atomic = false, id = 0 }: Ipv6Fields): Extension[] {
  const more = (fragment & fragmentBits.moreFragments) !== 0;
  const offset = fragment & fragmentBits.offset;
  if (!more && !offset && !atomic) return [];
  const body = new Uint8Array(fragmentHeaderBytes - 2);
  const view = new DataView(body.buffer);
  view.setUint16(0, offset * 8 + (more ? 1 : 0));
  view.setUint32(2, id);
  return [{ type: extensionTypes.fragment, body }];
}

function chained(headers: readonly Extension[], protocol: number): Uint8Array {
  const parts = headers.map(({ body }, at) => {
    if (body.length % 8 !== 6) throw new RangeError(`an extension header with a body of ${body.length} bytes`);
    return [headers[at + 1]?.type ?? protocol, (body.length + 2) / 8 - 1, ...body];
  });
  return Uint8Array.from(parts.flat());
}

/** Hop-by-hop or destination options that say nothing (PadN), of 8 bytes for each unit. */
export function paddingExtension(type: number, units = 1): Extension {
  const body = new Uint8Array(units * 8 - 2);
  body.set([1, body.length - 2]);
  return { type, body };
}

/** A routing header of type 0 without addresses; with segments left it is source routing. */
export function routingExtension(segmentsLeft: number): Extension {
  return { type: extensionTypes.routing, body: Uint8Array.of(0, segmentsLeft, 0, 0, 0, 0) };
}
