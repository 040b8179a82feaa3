// Prefixes: an address with a number of leading bits, written 203.0.113.0/24 or 2001:db8::/32 (RFC 4632, RFC 4291 section 2.3).
import { familyOf, type Ip, ipFromOctets, ipOctets, parseIp } from './ip.ts';

export interface Prefix {
  /** Bits behind the prefix are zero. */
  readonly ip: Ip;
  /** 0–32 of an IPv4 address, 0–128 of an IPv6 address. */
  readonly bits: number;
}

/** `meant`: the text has bits behind the prefix, and this is the prefix without them. */
export type PrefixFault = 'bad-address' | 'bad-length' | { readonly meant: Prefix };

export function parsePrefix(text: string): Prefix | PrefixFault {
  const slash = text.lastIndexOf('/');
  const ip = parseIp(slash < 0 ? text : text.slice(0, slash));
  if (!ip) return 'bad-address';
  const bits = slash >= 0 && /^(?:0|[1-9]\d{0,2})$/.test(text.slice(slash + 1)) ? Number(text.slice(slash + 1)) : -1;
  if (bits < 0 || bits > longest(ip)) return 'bad-length';
  const meant = { ip: withoutHost(ip, bits), bits };
  return meant.ip === ip ? meant : { meant };
}

export function formatPrefix({ ip, bits }: Prefix): string {
  return `${ip}/${bits}`;
}

/** IPv4 first, then by address, shorter prefixes first. */
export function comparePrefixes(a: Prefix, b: Prefix): number {
  return familyOf(a.ip) - familyOf(b.ip) || Buffer.compare(ipOctets(a.ip), ipOctets(b.ip)) || a.bits - b.bits;
}

/** Bytes of ::ffff:0:0/96, below which IPv4 lies (RFC 4291 section 2.5.5.2). */
const mappedBits = 96;

/** Writes 16 bytes at `offset`, IPv4 as v4-mapped even when it is 0.0.0.0, and gives the length among their 128 bits. */
export function writePrefix({ ip, bits }: Prefix, bytes: Uint8Array, offset: number): number {
  const octets = ipOctets(ip);
  if (octets.length === 16) {
    bytes.set(octets, offset);
    return bits;
  }
  bytes.fill(0, offset, offset + 10).fill(0xff, offset + 10, offset + 12);
  bytes.set(octets, offset + 12);
  return bits + mappedBits;
}

/** What writePrefix wrote: 16 bytes at `offset`, and a length among their 128 bits. */
export function readPrefix(bytes: Uint8Array, offset: number, bits: number): Prefix {
  const octets = bytes.subarray(offset, offset + 16);
  const isMapped = octets.every((octet, at) => at >= 12 || octet === (at < 10 ? 0 : 0xff));
  return isMapped && bits >= mappedBits
    ? { ip: ipFromOctets(octets.subarray(12)), bits: bits - mappedBits }
    : { ip: ipFromOctets(octets), bits };
}

/** As tables hold both: among 128 bits, so that ::/0 holds IPv4 addresses too. */
export function prefixHolds(prefix: Prefix, address: Ip): boolean {
  const [wanted, given] = [new Uint8Array(16), new Uint8Array(16)];
  const bits = writePrefix(prefix, wanted, 0);
  writePrefix({ ip: address, bits: longest(address) }, given, 0);
  return wanted.every(
    (octet, at) => ((octet ^ (given[at] ?? 0)) & ~(0xff >> Math.max(0, Math.min(8, bits - 8 * at)))) === 0,
  );
}

function longest(ip: Ip): number {
  return familyOf(ip) === 4 ? 32 : 128;
}

function withoutHost(ip: Ip, bits: number): Ip {
  return ipFromOctets(ipOctets(ip).map((octet, at) => octet & ~(0xff >> Math.max(0, Math.min(8, bits - 8 * at)))));
}
