// An IP packet → words. undefined: options, extension headers, errors of ICMP and whatever else there are no words for.
import { protocolName } from '../../net/endpoint.ts';
import { be16 } from '../bytes.ts';
import { icmpProtocols, icmpTypes } from '../icmp.ts';
import { fragmentBits } from '../ipv4.ts';
import type { ReadPacket } from '../read.ts';
import { tcpBytes, tcpFlags } from '../transport.ts';
import { ipHeaderBytes, mssOptionBytes } from './lengths.ts';
import {
  type EchoWords,
  type FragmentWords,
  flagNames,
  type IpWords,
  type PlainWords,
  type SegmentWords,
} from './words.ts';

export function namePlain(packet: ReadPacket): PlainWords | undefined {
  const fragment = fragmentOf(packet);
  if (packet.headerBytes !== ipHeaderBytes({ family: packet.family, fragment })) return undefined;
  const kind = protocolName(packet.protocol);
  return kind ? nameSegment(kind, packet, fragment) : fragment ? undefined : nameEcho(packet);
}

function fragmentOf({ fragment, id }: ReadPacket): FragmentWords | undefined {
  const [offset, more] = [(fragment & fragmentBits.offset) * 8, (fragment & fragmentBits.moreFragments) !== 0];
  return offset || more ? { offset, more, id: id & 0xffff } : undefined;
}

function ipOf(packet: ReadPacket): IpWords {
  const { source, destination, ttl, tos, totalBytes: lengthBytes, fragment } = packet;
  return { source, destination, ttl, tos, lengthBytes, dontFragment: (fragment & fragmentBits.dontFragment) !== 0 };
}

function nameSegment(
  kind: SegmentWords['kind'],
  packet: ReadPacket,
  fragment: FragmentWords | undefined,
): SegmentWords | undefined {
  const { ports, segment } = packet;
  const isLater = fragment !== undefined && fragment.offset > 0;
  if (isLater) return { kind, ...ipOf(packet), ports: undefined, flags: [], mss: undefined, fragment };
  if (!ports || ports.source < 1 || ports.destination < 1) return undefined;
  const named = { kind, ...ipOf(packet), ports, fragment };
  if (kind === 'udp') return { ...named, flags: [], mss: undefined };
  const bits = segment[13] ?? 0;
  const flags = flagNames.filter((one) => bits & tcpFlags[one]);
  const mss = mssOf(segment, flags.includes('syn'));
  const isSayable = flags.length > 0 && flags.reduce((sum, one) => sum | tcpFlags[one], 0) === bits;
  return isSayable && mss !== 'other-options' ? { ...named, flags, mss } : undefined;
}

function mssOf(segment: Uint8Array, isSyn: boolean): number | undefined | 'other-options' {
  const headerBytes = ((segment[12] ?? 0) >> 4) * 4;
  if (headerBytes === tcpBytes) return undefined;
  const isMss = headerBytes === tcpBytes + mssOptionBytes && be16(segment, tcpBytes) === 0x0204;
  return isMss && isSyn ? be16(segment, tcpBytes + 2) : 'other-options';
}

function nameEcho(packet: ReadPacket): EchoWords | undefined {
  const { family, protocol, segment } = packet;
  const { echoRequest, echoReply } = icmpTypes[family];
  const [type, code] = segment;
  if (protocol !== icmpProtocols[family] || segment.length < 8 || code !== 0) return undefined;
  if (type !== echoRequest && type !== echoReply) return undefined;
  return { kind: type === echoRequest ? 'icmp' : 'icmp-reply', ...ipOf(packet), identifier: be16(segment, 4) };
}
