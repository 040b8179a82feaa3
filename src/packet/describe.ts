// One line for humans about a frame: who to whom, what, and what is inside. A key is never in it.
import { formatEndpoint, protocolName } from '../net/endpoint.ts';
import { readGue } from './gue.ts';
import { ethernetBytes, fragmentBits } from './ipv4.ts';
import { destinationOf, type ReadPacket, readFrame, readPacket, sourceOf } from './read.ts';

/** e.g. `172.1.0.4:6080 > 172.1.0.3:6080 gue data group 2 service 1 [10.0.0.9:4711 > 5.5.5.5:3100 tcp 40 bytes]` */
export function describeFrame(frame: Uint8Array): string {
  const packet = readFrame(frame);
  if (packet) return describePacket(packet);
  const type = (((frame[12] ?? 0) << 8) + (frame[13] ?? 0)).toString(16).padStart(4, '0');
  return `ethertype ${type}, ${Math.max(0, frame.length - ethernetBytes)} bytes`;
}

function describePacket(packet: ReadPacket): string {
  const source = sourceOf(packet);
  const destination = destinationOf(packet);
  const ends =
    source && destination
      ? `${formatEndpoint(source)} > ${formatEndpoint(destination)}`
      : `${packet.source} > ${packet.destination}`;
  return `${ends} ${contentOf(packet)}`;
}

function contentOf(packet: ReadPacket): string {
  const name = protocolName(packet.protocol) ?? `protocol ${packet.protocol}`;
  const gue = name === 'udp' && packet.ports ? readGue(packet.payload) : undefined;
  if (gue?.kind === 'ping') return `gue ping group ${gue.group} service ${gue.service} tunnel ${gue.tunnel}`;
  if (gue) {
    const inner = readPacket(gue.packet);
    const inside = inner ? describePacket(inner) : `${gue.packet.length} bytes that are not IPv4`;
    return `gue data group ${gue.group} service ${gue.service} [${inside}]`;
  }
  return [`${name} ${packet.totalBytes} bytes`, ...faultsOf(packet)].join(', ');
}

function faultsOf({ fragment, checksums }: ReadPacket): string[] {
  const faults: string[] = [];
  if (fragment & fragmentBits.offset) faults.push(`fragment at ${(fragment & fragmentBits.offset) * 8}`);
  else if (fragment & fragmentBits.moreFragments) faults.push('first fragment');
  if (!checksums.ip) faults.push('bad IP checksum');
  if (checksums.transport === false) faults.push('bad checksum');
  return faults;
}
