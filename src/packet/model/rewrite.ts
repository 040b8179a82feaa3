// Packets translated: addresses and ports exchanged for others, with the checksums that cover them made good by what changed
// (RFC 1624, equation 3). Written from the RFCs, independently of the C that it is compared with. Decides nothing.
import { type Endpoint, protocolNumbers } from '../../net/endpoint.ts';
import { type Ip, ipOctets } from '../../net/ip.ts';
import { be16, setBe16 } from '../bytes.ts';
import { onesSum } from '../checksum.ts';
import { checksumOffsets } from '../transport.ts';
import type { Head } from './head.ts';
import type { Packet } from './packet.ts';

export type Side = 'source' | 'destination';

/** RFC 1624, equation 3: HC' = ~(~HC + ~m + m'), with `change` = ~m + m'. */
export function adjusted(checksum: number, change: number): number {
  return folded((checksum ^ 0xffff) + change) ^ 0xffff;
}

export function adjustAt(bytes: Uint8Array, at: number, change: number): void {
  setBe16(bytes, at, adjusted(be16(bytes, at), change));
}

function folded(sum: number): number {
  let left = sum;
  while (left > 0xffff) left = (left & 0xffff) + (left >>> 16);
  return left;
}

/** ~m + m', of 16-bit words. */
export function changeOf(from: number, to: number): number {
  return to + (from ^ 0xffff);
}

export function addressChange(from: Ip, to: Ip): number {
  return changeOf(onesSum(ipOctets(from)), onesSum(ipOctets(to)));
}

type Placed = Pick<Head, 'family' | 'at' | 'sourceIp' | 'destinationIp'>;

/** Writes an address into the header at `packet.at`, IPv4's checksum made good. */
export function putAddress(out: Uint8Array, packet: Placed, side: Side, to: Ip): void {
  const { family, at } = packet;
  const isSource = side === 'source';
  if (family === 4) adjustAt(out, at + 10, addressChange(isSource ? packet.sourceIp : packet.destinationIp, to));
  const first = family === 4 ? 12 : 8;
  out.set(ipOctets(to), at + first + (isSource ? 0 : family === 4 ? 4 : 16));
}

/**
 * Writes a TCP or UDP port, and makes the checksum good for it and for an address that changed, if the frame goes so far (a quoted TCP
 * header may not). UDP without a checksum stays without.
 */
export function putPort(
  out: Uint8Array,
  { transportAt, protocol }: Pick<Head, 'transportAt' | 'protocol'>,
  side: Side,
  { from, to }: { readonly from: Endpoint; readonly to: Endpoint },
): void {
  setBe16(out, transportAt + (side === 'source' ? 0 : 2), to.port);
  const isUdp = protocol === protocolNumbers.udp;
  const at = transportAt + (isUdp ? checksumOffsets.udp : checksumOffsets.tcp);
  if (at + 2 > out.length || (isUdp && be16(out, at) === 0)) return;
  adjustAt(out, at, addressChange(from.ip, to.ip) + changeOf(from.port, to.port));
  // A sum of zero is written as ffff, since zero says that there is none.
  if (isUdp && be16(out, at) === 0) setBe16(out, at, 0xffff);
}

/** A copy with one endpoint of a TCP or UDP packet replaced. A later fragment has neither ports nor a transport checksum. */
export function translate(frame: Uint8Array, packet: Packet, side: Side, to: Endpoint): Uint8Array {
  const out = frame.slice();
  const from = side === 'source' ? packet.source : packet.destination;
  putAddress(out, packet, side, to.ip);
  if (packet.fragment !== 'later') putPort(out, packet, side, { from, to });
  return out;
}
