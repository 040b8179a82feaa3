// What the headers of both families say, in one set of words (DATAPATH.md section 1).
import { protocolNumbers } from '../../net/endpoint.ts';
import type { Family, Ip } from '../../net/ip.ts';
import { icmpProtocols } from '../icmp.ts';

export type FragmentKind = 'none' | 'first' | 'later';

/** What both families' headers say. */
export interface Head {
  readonly family: Family;
  /** Where it starts in the frame. */
  readonly at: number;
  /** Where the transport header starts: behind options and extension headers. */
  readonly transportAt: number;
  /** Of the whole packet, as its header says. */
  readonly bytes: number;
  readonly tos: number;
  readonly ttl: number;
  /** Of fragments. */
  readonly id: number;
  readonly dontFragment: boolean;
  readonly fragment: FragmentKind;
  /** IPv4 options or IPv6 extension headers, the fragment header not among them. */
  readonly hasOptions: boolean;
  readonly sourceRouted: boolean;
  /** undefined: nobody can tell. */
  readonly protocol: number | undefined;
  readonly sourceIp: Ip;
  readonly destinationIp: Ip;
}

export function fragmentKind(offset: number, more: boolean): FragmentKind {
  if (offset) return 'later';
  return more ? 'first' : 'none';
}

export function carriesPorts({ protocol }: Pick<Head, 'protocol'>): boolean {
  return protocol === protocolNumbers.tcp || protocol === protocolNumbers.udp;
}

export function isIcmp({ family, protocol }: Pick<Head, 'family' | 'protocol'>): boolean {
  return protocol === icmpProtocols[family];
}
