// One line for humans about a frame: who to whom, what, and what is inside. A key is never in it.
import { formatEndpoint, protocolName } from '../net/endpoint.ts';
import { readGue, readShort } from './gue.ts';
import { icmpProtocols, icmpTypes, tooBigErrors } from './icmp.ts';
import { ethernetBytes, fragmentBits } from './ipv4.ts';
import { destinationOf, type ReadPacket, readFrame, readPacket, sourceOf } from './read.ts';
import { untagged, vlanBytes, vlanTypes } from './vlan.ts';

/** e.g. `172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [10.0.0.9:4711 > 5.5.5.5:3100 tcp 40 bytes]` */
export function describeFrame(frame: Uint8Array): string {
  const packet = readFrame(frame);
  if (packet) return describePacket(packet);
  const type = word(frame, 12);
  const isTagged =
    (type === vlanTypes.customer || type === vlanTypes.service) && frame.length >= ethernetBytes + vlanBytes;
  if (isTagged) return `vlan ${word(frame, 14) & 0xfff} ${describeFrame(untagged(frame))}`;
  return `ethertype ${type.toString(16).padStart(4, '0')}, ${Math.max(0, frame.length - ethernetBytes)} bytes`;
}

function describePacket(packet: ReadPacket): string {
  const source = sourceOf(packet);
  const destination = destinationOf(packet);
  const ends =
    source && destination
      ? `${formatEndpoint(source)} > ${formatEndpoint(destination)}`
      : `${packet.source} > ${packet.destination}`;
  return [`${ends} ${contentOf(packet)}`, ...faultsOf(packet)].join(', ');
}

function contentOf(packet: ReadPacket): string {
  const udp = protocolName(packet.protocol) === 'udp' && packet.ports !== undefined;
  return (
    (udp ? gueOf(packet.payload) : icmpOf(packet)) ??
    `${protocolName(packet.protocol) ?? `protocol ${packet.protocol}`} ${packet.totalBytes} bytes`
  );
}

/** A short header looks like the beginning of a keyed one: it is taken for what has a packet of the right length in it. */
function gueOf(payload: Uint8Array): string | undefined {
  const short = readShort(payload);
  if (short?.kind === 'ping') return `gue short ping tunnel ${short.tunnel}`;
  const gue = readGue(payload);
  if (short && fills(short.packet) && !(gue?.kind === 'data' && fills(gue.packet)))
    return `gue short data tunnel ${short.tunnel} [${inside(short.packet)}]`;
  if (!gue) return undefined;
  const whose = `group ${gue.group} service ${gue.service}`;
  if (gue.kind === 'data') return `gue data ${whose} [${inside(gue.packet)}]`;
  if (gue.kind === 'ping') return `gue ping ${whose} tunnel ${gue.tunnel}`;
  return `gue signed ping ${whose} tunnel ${gue.tunnel} sequence ${gue.sequence}`;
}

function fills(packet: Uint8Array): boolean {
  return readPacket(packet)?.totalBytes === packet.length;
}

function inside(packet: Uint8Array): string {
  const inner = readPacket(packet);
  return inner ? describePacket(inner) : `${packet.length} bytes that are not IP`;
}

function icmpOf(packet: ReadPacket): string | undefined {
  const { family, protocol, segment, payload } = packet;
  if (protocol !== icmpProtocols[family] || segment === payload) return undefined;
  const [type = 0, code = 0] = segment;
  const name = family === 4 ? 'icmp' : 'icmpv6';
  const types = icmpTypes[family];
  if (type === types.echoRequest) return `${name} echo request ${word(segment, 4)} ${packet.totalBytes} bytes`;
  if (type === types.echoReply) return `${name} echo reply ${word(segment, 4)} ${packet.totalBytes} bytes`;
  if (!Object.values<number>(types).includes(type)) return `${name} ${type}/${code} ${packet.totalBytes} bytes`;
  const { type: tooBig, code: ofThatCode } = tooBigErrors[family];
  const isTooBig = type === tooBig && code === ofThatCode;
  return `${name} ${type}/${code}${isTooBig ? ` mtu ${mtuOf(packet)}` : ''} [${quoted(payload)}]`;
}

function mtuOf({ family, segment }: ReadPacket): number {
  return (family === 6 ? word(segment, 4) * 0x10000 : 0) + word(segment, 6);
}

/** What an error quotes is cut short: only its ends and its protocol are told. */
function quoted(payload: Uint8Array): string {
  const packet = readPacket(payload);
  if (!packet) return `${payload.length} bytes that are not IP`;
  const { segment, source, destination, protocol, fragment } = packet;
  const name = protocolName(protocol);
  if (!name || segment.length < 4 || fragment & fragmentBits.offset)
    return `${source} > ${destination} ${name ?? `protocol ${protocol}`}`;
  const ends = [
    { ip: source, port: word(segment, 0) },
    { ip: destination, port: word(segment, 2) },
  ] as Parameters<typeof formatEndpoint>[0][];
  return `${ends.map(formatEndpoint).join(' > ')} ${name}`;
}

function word(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) + (bytes[at + 1] ?? 0);
}

function faultsOf({ fragment, checksums }: ReadPacket): string[] {
  const faults: string[] = [];
  if (fragment & fragmentBits.offset) faults.push(`fragment at ${(fragment & fragmentBits.offset) * 8}`);
  else if (fragment & fragmentBits.moreFragments) faults.push('first fragment');
  if (checksums.ip === false) faults.push('bad IP checksum');
  if (checksums.transport === false) faults.push('bad checksum');
  return faults;
}
