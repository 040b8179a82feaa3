// IP addresses as values. Canonical text: dotted quad, or IPv6 as RFC 5952 writes it; so equal texts are equal addresses.
// 16 bytes in every table (IPv4 as v4-mapped ::ffff:a.b.c.d, RFC 4291 2.5.5.2).

declare const brand: unique symbol;
/** A canonical address: IPv4 in dotted-quad notation without leading zeros, or IPv6 in the notation of RFC 5952. */
export type Ip = string & { readonly [brand]: 'Ip' };

export type Family = 4 | 6;

/** "None", of either family: 16 zero bytes. */
export const unspecifiedIp = '0.0.0.0' as Ip;

const quad = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/**
 * The address in canonical form, or undefined when the text is not one. Leading zeros in IPv4 are refused: some readers take
 * them for octal. IPv4 in IPv6's clothes (::ffff:1.2.3.4) is refused: the tables would take it for IPv4. No zones (%eth0).
 */
export function parseIp(text: string): Ip | undefined {
  if (text.includes(':')) return parseIpv6(text);
  const match = quad.exec(text);
  if (!match) return undefined;
  for (let octet = 1; octet <= 4; octet++) if (Number(match[octet]) > 255) return undefined;
  return text as Ip;
}

function parseIpv6(text: string): Ip | undefined {
  const groups = parseGroups(text);
  return groups && !isMapped(groups) ? formatGroups(groups) : undefined;
}

/** The IPv4 address that stands in IPv6's clothes (::ffff:1.2.3.4, however written); undefined for anything else. */
export function mappedIpv4(text: string): Ip | undefined {
  const groups = text.includes(':') ? parseGroups(text) : undefined;
  if (!groups || !isMapped(groups)) return undefined;
  return ipFromOctets(Uint8Array.from(groups.slice(6).flatMap((group) => [group >> 8, group & 0xff])));
}

function isMapped(groups: readonly number[]): boolean {
  return groups.slice(0, 5).every((group) => group === 0) && groups[5] === 0xffff;
}

/** Eight groups of 16 bits. */
function parseGroups(text: string): readonly number[] | undefined {
  const halves = text.split('::');
  if (halves.length > 2 || (halves.length === 2 && halves[0]?.includes('.'))) return undefined;
  const [head = [], tail = []] = halves.map(groupsOf);
  const missing = 8 - head.length - tail.length;
  if (halves.length === 2 ? missing < 1 : missing !== 0) return undefined;
  const groups = [...head, ...Array<number>(missing).fill(0), ...tail];
  return groups.some((group) => Number.isNaN(group)) ? undefined : groups;
}

/** The 16-bit groups of one side of `::`; NaN for what is none. Dotted quad stands for the last two. */
function groupsOf(text: string): number[] {
  if (text === '') return [];
  return text.split(':').flatMap((group, at, all) => {
    if (at === all.length - 1 && quad.test(group) && parseIp(group)) {
      const [a = 0, b = 0, c = 0, d = 0] = group.split('.').map(Number);
      return [a * 256 + b, c * 256 + d];
    }
    return /^[0-9a-fA-F]{1,4}$/.test(group) ? Number.parseInt(group, 16) : Number.NaN;
  });
}

/** RFC 5952 section 4: lower case, no leading zeros, the first longest run of two or more zero groups as `::`. */
function formatGroups(groups: readonly number[]): Ip {
  let [start, length] = [0, 1];
  for (let at = 0; at < 8; at++) {
    let end = at;
    while (end < 8 && groups[end] === 0) end++;
    if (end - at > length) [start, length] = [at, end - at];
    if (end > at) at = end;
  }
  const hex = (part: readonly number[]): string => part.map((group) => group.toString(16)).join(':');
  if (length < 2) return hex(groups) as Ip;
  return `${hex(groups.slice(0, start))}::${hex(groups.slice(start + length))}` as Ip;
}

export function familyOf(ip: Ip): Family {
  return ip.includes(':') ? 6 : 4;
}

/**
 * Why no host can be reached by an address; undefined when one can. IPv6 link-local addresses (RFC 4291 2.5.6) mean something
 * together with a link only, which no table has; IPv4 ones (RFC 3927) are as good as any where there is one link.
 */
export function notOfHost(ip: Ip): 'unspecified' | 'multicast' | 'broadcast' | 'link-local' | undefined {
  if (familyOf(ip) === 6) {
    if (ip === '::') return 'unspecified';
    const start = Number.parseInt(ip, 16); // up to the first colon; NaN when that is the first character
    if (start >= 0xff00) return 'multicast';
    return (start & 0xffc0) === 0xfe80 ? 'link-local' : undefined;
  }
  const first = Number.parseInt(ip, 10);
  if (first === 0) return 'unspecified';
  if (first >= 224 && first < 240) return 'multicast';
  return ip === '255.255.255.255' ? 'broadcast' : undefined;
}

/** Writes 16 bytes at `offset`: ::ffff:a.b.c.d, the IPv6 address, or all zero for 0.0.0.0 ("none"). */
export function writeIp(ip: Ip, bytes: Uint8Array, offset: number): void {
  if (familyOf(ip) === 6) writeIpv6(ip, bytes, offset);
  else writeIpv4(ip, bytes, offset);
}

function writeIpv4(ip: Ip, bytes: Uint8Array, offset: number): void {
  bytes.fill(0, offset, offset + 12);
  let octet = 0;
  let at = offset + 12;
  for (let i = 0; i < ip.length; i++) {
    const code = ip.charCodeAt(i);
    if (code === 46) {
      bytes[at++] = octet;
      octet = 0;
    } else octet = octet * 10 + code - 48;
  }
  bytes[at] = octet;
  if (ip !== unspecifiedIp) {
    bytes[offset + 10] = 0xff;
    bytes[offset + 11] = 0xff;
  }
}

function writeIpv6(ip: Ip, bytes: Uint8Array, offset: number): void {
  const [head = [], tail = []] = ip.split('::').map(groupsOf);
  bytes.fill(0, offset, offset + 16);
  const put = (group: number, at: number): void => {
    bytes[offset + 2 * at] = group >> 8;
    bytes[offset + 2 * at + 1] = group & 0xff;
  };
  for (const [at, group] of head.entries()) put(group, at);
  for (const [at, group] of tail.entries()) put(group, 8 - tail.length + at);
}

/** Reads 16 bytes at `offset`. All zero reads as 0.0.0.0. */
export function readIp(bytes: Uint8Array, offset: number): Ip {
  const words = new DataView(bytes.buffer, bytes.byteOffset + offset, 16);
  const isShort = words.getUint32(0) === 0 && words.getUint32(4) === 0;
  if (isShort && (words.getUint32(8) === 0xffff || (words.getUint32(8) === 0 && words.getUint32(12) === 0)))
    return `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}` as Ip;
  return ipFromOctets(bytes.subarray(offset, offset + 16));
}

/** 4 or 16 octets in wire order. Throws RangeError on any other number. */
export function ipFromOctets(octets: Uint8Array): Ip {
  if (octets.length === 4) return octets.join('.') as Ip;
  if (octets.length !== 16) throw new RangeError(`an address of ${octets.length} octets`);
  return formatGroups(Array.from({ length: 8 }, (_, at) => ((octets[2 * at] ?? 0) << 8) | (octets[2 * at + 1] ?? 0)));
}

/** The 4 or 16 octets, in wire order. */
export function ipOctets(ip: Ip): Uint8Array {
  const bytes = new Uint8Array(16);
  writeIp(ip, bytes, 0);
  return familyOf(ip) === 4 ? bytes.subarray(12) : bytes;
}

/** Of IPv4: host-order 32-bit number, for sorting and prefix tests. */
export function ipNumber(ip: Ip): number {
  const [a = 0, b = 0, c = 0, d = 0] = ipOctets(ip);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
