// IP packets of either family by one set of words: what transport and ICMP build on.
import { familyOf } from '../net/ip.ts';
import { buildIpv4, type Ipv4Fields, type Ipv4Packet } from './ipv4.ts';
import { buildIpv6, type Ipv6Fields, type Ipv6Packet } from './ipv6.ts';

/** `options` are IPv4's alone, `extensions`, `atomic` and `flowLabel` IPv6's; the other family has no place for them. */
export type IpFields = Ipv4Fields & Ipv6Fields;

/** The family is that of the addresses. */
export function buildIp(packet: Ipv4Packet & Ipv6Packet): Uint8Array {
  return familyOf(packet.source) === 6 ? buildIpv6(packet) : buildIpv4(packet);
}
