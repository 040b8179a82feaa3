// Packets in words, as people say them: what `trace` and a file's `expect` are given. Text and frame are both made from this one
// shape; docs/PACKETS.md has the grammar. Which tunnels and keys there are is not known here.
import type { Endpoint, Port } from '../../net/endpoint.ts';
import type { Ip } from '../../net/ip.ts';
import { type Place, type Problem, problem } from '../../problem.ts';

export const segmentKinds = ['tcp', 'udp'] as const;
export const echoKinds = ['icmp', 'icmp-reply'] as const;
/** In the order in which they are said. */
export const flagNames = ['syn', 'ack', 'fin', 'rst', 'psh'] as const;
export type FlagName = (typeof flagNames)[number];

export interface End {
  readonly ip: Ip;
  readonly port: Port | undefined;
}

/** What any IP packet has that words can say. */
export interface IpWords {
  /** Both of one family. */
  readonly source: Ip;
  readonly destination: Ip;
  /** Of the IP packet, its header included. */
  readonly lengthBytes: number;
  /** Hop limit, of IPv6. */
  readonly ttl: number;
  /** Traffic class, of IPv6. */
  readonly tos: number;
  /** Always false for IPv6 and fragments. */
  readonly dontFragment: boolean;
}

export interface SegmentWords extends IpWords {
  readonly kind: (typeof segmentKinds)[number];
  /** Later fragments have none. */
  readonly ports: { readonly source: Port; readonly destination: Port } | undefined;
  /** Of TCP with ports, in the order of flagNames, at least one; otherwise empty. */
  readonly flags: readonly FlagName[];
  /** Of a SYN: its MSS option. */
  readonly mss: number | undefined;
  readonly fragment: FragmentWords | undefined;
}

export interface FragmentWords {
  /** In bytes, a multiple of 8; 0: the first, whose `more` is true. */
  readonly offset: number;
  readonly more: boolean;
  /** 16 bits, of either family. */
  readonly id: number;
}

/** ICMP or ICMPv6, by the family of the addresses. */
export interface EchoWords extends IpWords {
  readonly kind: (typeof echoKinds)[number];
  readonly identifier: number;
}

export type PlainWords = SegmentWords | EchoWords;

export function isSegment(packet: PlainWords): packet is SegmentWords {
  return packet.kind === 'tcp' || packet.kind === 'udp';
}

/** The way by which a packet arrives; undefined: as the tunnel has it. */
export interface TunnelWords {
  readonly id: number;
  readonly service: { readonly group: number; readonly id: number } | undefined;
  readonly from: Endpoint | undefined;
  readonly to: Endpoint | undefined;
  readonly key: 'right' | 'previous' | 'wrong';
  /** Of the outer header; undefined: as inside. */
  readonly tos: number | undefined;
}

export type Signature = 'as-configured' | 'none' | 'wrong';

/** `vlan`: the number of a tag inside the frame. */
export type PacketWords = { readonly vlan: number | undefined } & (
  | { readonly kind: 'plain'; readonly packet: PlainWords }
  | { readonly kind: 'tunnelled'; readonly packet: PlainWords; readonly tunnel: TunnelWords }
  | { readonly kind: 'ping'; readonly signature: Signature; readonly tunnel: TunnelWords }
);

/** Where a text is no packet, and what was expected there. */
export interface WordsFault {
  /** From 1. */
  readonly column: number;
  readonly expected: string;
  /** undefined: the text ends there. */
  readonly found: string | undefined;
}

export function isFault(parsed: object): parsed is WordsFault {
  return 'expected' in parsed;
}

/** One sentence without a full stop: `expected an address with a port, found "5.5.5.5"`. */
export function faultText({ expected, found }: WordsFault): string {
  return `expected ${expected}, ${found === undefined ? 'and there is nothing more' : `found "${found.slice(0, 60)}"`}`;
}

/** @param place of the text, in a file; one that was typed is shown with a caret */
export function wordsProblem(
  what: 'packet' | 'place' | 'key',
  text: string,
  fault: WordsFault,
  place?: Place,
): Problem {
  const hint = '`trueingress trace --help` has examples of packets and places';
  if (place)
    return problem('bad-packet', `column ${fault.column} of "${text.slice(0, 60)}": ${faultText(fault)}`, {
      place,
      hint,
    });
  const typed = { file: `(${what})`, line: 1, column: fault.column };
  return problem('usage', faultText(fault), { place: typed, sourceLine: text, hint });
}
