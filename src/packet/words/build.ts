// Packet in words → frame. Whoever knows the tunnels says how the outer header looks (outer.ts).

import { protocolNumbers } from '../../net/endpoint.ts';
import { familyOf } from '../../net/ip.ts';
import { dataWord, gueData, guePing, gueSignedPing, shortPing, shortThen, signedPingBytes } from '../gue.ts';
import { buildEchoReply, buildEchoRequest } from '../icmp.ts';
import { buildIp, type IpFields } from '../ip.ts';
import { fragmentBits, packetOf } from '../ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../transport.ts';
import { tagged } from '../vlan.ts';
import { ipHeaderBytes, transportBytes } from './lengths.ts';
import type { Outer } from './outer.ts';
import { type EchoWords, isSegment, type PacketWords, type PlainWords, type SegmentWords } from './words.ts';

/** `outer`: of what comes through a tunnel. */
export function buildWords(said: PacketWords, outer?: Outer): Uint8Array {
  const frame = said.kind === 'plain' ? buildPlain(said.packet) : buildOuter(said, outer);
  return said.vlan === undefined ? frame : tagged(frame, said.vlan);
}

export function buildPlain(packet: PlainWords): Uint8Array {
  return isSegment(packet) ? buildSegment(packet) : buildEcho(packet);
}

function buildSegment(packet: SegmentWords): Uint8Array {
  const { kind, source, destination, ports, flags, mss, fragment } = packet;
  const payload = payloadOf(packet);
  const fields: IpFields = { ...fieldsOf(packet), ...(fragment && { id: fragment.id }) };
  if (!ports) return buildIp({ ...fields, source, destination, protocol: protocolNumbers[kind], payload });
  const ends = {
    source: { ip: source, port: ports.source },
    destination: { ip: destination, port: ports.destination },
  };
  if (kind === 'udp') return buildUdp({ ...fields, ...ends, payload });
  return buildTcp({
    ...fields,
    ...ends,
    payload,
    flags: flags.reduce((bits, one) => bits | tcpFlags[one], 0),
    ...(mss !== undefined && { tcpOptions: Uint8Array.of(2, 4, mss >> 8, mss & 0xff) }),
  });
}

function buildEcho(packet: EchoWords): Uint8Array {
  const { source, destination, identifier } = packet;
  const echo = { ...fieldsOf(packet), source, destination, identifier, payload: payloadOf(packet) };
  return packet.kind === 'icmp' ? buildEchoRequest(echo) : buildEchoReply(echo);
}

/** Zeros. */
function payloadOf(packet: PlainWords): Uint8Array {
  const shape = { family: familyOf(packet.source), mss: undefined, fragment: undefined, ...packet };
  return new Uint8Array(packet.lengthBytes - ipHeaderBytes(shape) - transportBytes(shape));
}

function fieldsOf(packet: PlainWords): IpFields {
  const fragment = 'fragment' in packet ? packet.fragment : undefined;
  const more = fragment?.more ? fragmentBits.moreFragments : 0;
  return {
    ttl: packet.ttl,
    tos: packet.tos,
    fragment: (packet.dontFragment ? fragmentBits.dontFragment : 0) | more | (fragment ? fragment.offset / 8 : 0),
  };
}

function buildOuter(said: Exclude<PacketWords, { kind: 'plain' }>, outer: Outer | undefined): Uint8Array {
  if (!outer) throw new Error('a packet in a tunnel was built without knowing the tunnel');
  const { source, destination } = outer;
  const tos = said.tunnel.tos ?? (said.kind === 'ping' ? 0 : said.packet.tos);
  return buildUdp({ source, destination, tos, payload: carriedBy(said, outer), checksum: 'none' });
}

function carriedBy(said: Exclude<PacketWords, { kind: 'plain' }>, { header, sign }: Outer): Uint8Array {
  if (said.kind === 'ping') {
    if (header.kind === 'short') return shortPing(header.id);
    return sign ? signedPing(header, said.tunnel.id, sign) : guePing(header, said.tunnel.id);
  }
  const packet = packetOf(buildPlain(said.packet));
  if (header.kind === 'short') return shortThen(dataWord(familyOf(said.packet.source)), header.id, packet);
  return gueData(header, packet);
}

function signedPing(
  header: Extract<Outer['header'], { kind: 'keyed' }>,
  tunnel: number,
  { key, sequence, isWrong }: NonNullable<Outer['sign']>,
): Uint8Array {
  const ping = gueSignedPing(header, tunnel, sequence, key);
  const last = signedPingBytes - 1;
  if (isWrong) ping[last] = (ping[last] ?? 0) ^ 1;
  return ping;
}
