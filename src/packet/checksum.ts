// The Internet checksum (RFC 1071), computed over all the bytes: slow, plain, and independent of the programs' incremental one.
import { type Ip, ipOctets } from '../net/ip.ts';

/** One's complement sum of the bytes as 16-bit words in wire order, folded, added to `start`. An odd last byte is padded with zero. */
export function onesSum(bytes: Uint8Array, start = 0): number {
  let sum = start;
  for (let at = 0; at < bytes.length; at += 2) sum += ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
  while (sum > 0xffff) sum = (sum & 0xffff) + Math.floor(sum / 0x10000);
  return sum;
}

/** What goes into a header's checksum field when `bytes` has zero there; 0 when `bytes` holds the right one. */
export function checksum(bytes: Uint8Array, start = 0): number {
  return onesSum(bytes, start) ^ 0xffff;
}

/** Sum of the pseudo header that TCP and UDP add (RFC 9293 section 3.1, RFC 768). `length`: transport header and payload. */
export function pseudoHeaderSum(source: Ip, destination: Ip, protocol: number, length: number): number {
  return onesSum(ipOctets(destination), onesSum(ipOctets(source), protocol + length));
}
