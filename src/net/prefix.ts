// Prefixes: an address with a number of leading bits, written 203.0.113.0/24 or 2001:db8::/32.
import type { Ip } from './ip.ts';

export interface Prefix {
  /** Bits behind the prefix are zero. */
  readonly ip: Ip;
  /** 0–32 of an IPv4 address, 0–128 of an IPv6 address. */
  readonly bits: number;
}
