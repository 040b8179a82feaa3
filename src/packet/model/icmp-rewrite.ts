// ICMP translated: the addresses of an error and of what it quotes, of echo; and an echo request made its own reply.
import type { Endpoint } from '../../net/endpoint.ts';
import type { Ip } from '../../net/ip.ts';
import { be16 } from '../bytes.ts';
import { onesSum } from '../checksum.ts';
import { icmpChecksumOffset, icmpTypes } from '../icmp.ts';
import type { Packet } from './packet.ts';
import type { Quote } from './quote.ts';
import { addressChange, adjustAt, changeOf, putAddress, putPort, type Side } from './rewrite.ts';

const timeToLive = 64;
const opposite = { source: 'destination', destination: 'source' } as const;

/** A copy with an address of the ICMP packet itself replaced. */
export function translateEcho(frame: Uint8Array, packet: Packet, side: Side, to: Ip): Uint8Array {
  const out = frame.slice();
  putOwnAddress(out, packet, side, to);
  return out;
}

/** ICMPv6 sums the addresses, ICMP does not. */
function putOwnAddress(out: Uint8Array, packet: Packet, side: Side, to: Ip): void {
  const from = packet[side].ip;
  putAddress(out, packet, side, to);
  if (packet.family === 6) adjustAt(out, packet.transportAt + icmpChecksumOffset, addressChange(from, to));
}

/**
 * A copy in which the error's own `side` is `to` where it is `from` (a router's address stays), and in what it quotes, which went the
 * other way, the opposite side.
 */
export function translateError(
  frame: Uint8Array,
  packet: Packet,
  quote: Quote,
  { side, from, to }: { readonly side: Side; readonly from: Endpoint; readonly to: Endpoint },
): Uint8Array {
  const out = frame.slice();
  if (packet[side].ip === from.ip) putOwnAddress(out, packet, side, to.ip);
  const quotedSide = opposite[side];
  putAddress(out, quote, quotedSide, to.ip);
  putPort(out, quote, quotedSide, { from, to });
  const [before, after] = [frame, out].map((bytes) => onesSum(bytes.subarray(quote.at)));
  adjustAt(out, packet.transportAt + icmpChecksumOffset, changeOf(before ?? 0, after ?? 0));
  return out;
}

/** RFC 792, RFC 4443 section 4.2: the request itself becomes the reply. */
export function echoed(frame: Uint8Array, packet: Packet): Uint8Array {
  const { family, at, transportAt } = packet;
  const out = frame.slice();
  const [first, bytes] = family === 4 ? [at + 12, 4] : [at + 8, 16];
  out.set(frame.subarray(first, first + bytes), first + bytes);
  out.set(frame.subarray(first + bytes, first + 2 * bytes), first);
  const ttlAt = at + (family === 4 ? 8 : 7);
  out[ttlAt] = timeToLive;
  if (family === 4) adjustAt(out, at + 10, changeOf(be16(frame, ttlAt), be16(out, ttlAt)));
  out[transportAt] = icmpTypes[family].echoReply;
  adjustAt(out, transportAt + icmpChecksumOffset, changeOf(be16(frame, transportAt), be16(out, transportAt)));
  return out;
}

/** Its MAC addresses exchanged. */
export function turned(frame: Uint8Array): Uint8Array {
  const out = frame.slice();
  out.set(frame.subarray(6, 12), 0);
  out.set(frame.subarray(0, 6), 6);
  return out;
}
