// IP addresses as values. Canonical dotted quad; 16 bytes in every table (IPv4 as v4-mapped ::ffff:a.b.c.d, RFC 4291 2.5.5.2).

declare const brand: unique symbol;
/** A canonical IPv4 address in dotted-quad notation, without leading zeros. */
export type Ip = string & { readonly [brand]: 'Ip' };

export const unspecifiedIp = '0.0.0.0' as Ip;

const quad = /^(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})\.(0|[1-9]\d{0,2})$/;

/** The address, or undefined when the text is not one. Leading zeros are refused: some readers take them for octal. */
export function parseIp(text: string): Ip | undefined {
  const match = quad.exec(text);
  if (!match) return undefined;
  for (let octet = 1; octet <= 4; octet++) if (Number(match[octet]) > 255) return undefined;
  return text as Ip;
}

/** Whether this looks like IPv6, so that a message can say "not in this version" rather than "not an address". */
export function looksLikeIpv6(text: string): boolean {
  return /^\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?(%\w+)?$/.test(text) && text.replace(/[^:]/g, '').length >= 2;
}

/** Writes 16 bytes at `offset`: ::ffff:a.b.c.d, or all zero for 0.0.0.0 ("none"). */
export function writeIp(ip: Ip, bytes: Uint8Array, offset: number): void {
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

/** Reads 16 bytes at `offset`. All zero reads as 0.0.0.0. */
export function readIp(bytes: Uint8Array, offset: number): Ip {
  return `${bytes[offset + 12]}.${bytes[offset + 13]}.${bytes[offset + 14]}.${bytes[offset + 15]}` as Ip;
}

/** The four octets, in wire order. */
export function ipOctets(ip: Ip): Uint8Array {
  const mapped = new Uint8Array(16);
  writeIp(ip, mapped, 0);
  return mapped.subarray(12);
}

/** Host-order 32-bit number, for sorting and prefix tests. */
export function ipNumber(ip: Ip): number {
  const [a = 0, b = 0, c = 0, d = 0] = ipOctets(ip);
  return ((a << 24) | (b << 16) | (c << 8) | d) >>> 0;
}
