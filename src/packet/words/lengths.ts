// How long the headers of a packet in words are.
import type { Family } from '../../net/ip.ts';
import { icmpBytes } from '../icmp.ts';
import { ipv4Bytes } from '../ipv4.ts';
import { fragmentHeaderBytes, ipv6Bytes } from '../ipv6.ts';
import { tcpBytes, udpBytes } from '../transport.ts';
import type { FragmentWords, PlainWords } from './words.ts';

export interface Shape {
  readonly kind: PlainWords['kind'];
  readonly family: Family;
  readonly mss: number | undefined;
  readonly fragment: FragmentWords | undefined;
}

export const mssOptionBytes = 4;

export function ipHeaderBytes({ family, fragment }: Pick<Shape, 'family' | 'fragment'>): number {
  if (family === 4) return ipv4Bytes;
  return fragment ? ipv6Bytes + fragmentHeaderBytes : ipv6Bytes;
}

export function transportBytes({ kind, mss, fragment }: Omit<Shape, 'family'>): number {
  if (fragment && fragment.offset > 0) return 0;
  if (kind === 'tcp') return tcpBytes + (mss === undefined ? 0 : mssOptionBytes);
  return kind === 'udp' ? udpBytes : icmpBytes;
}

/** Of a packet with this head; one byte of a last fragment, and eighths of every other. */
export function shortestBytes(shape: Shape): number {
  const behind = transportBytes(shape);
  const { fragment } = shape;
  if (!fragment) return ipHeaderBytes(shape) + behind;
  return ipHeaderBytes(shape) + (fragment.more ? Math.max(8, Math.ceil(behind / 8) * 8) : Math.max(1, behind));
}
