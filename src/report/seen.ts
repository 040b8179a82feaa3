// A captured packet in one line for people, and as data. Never a key: seenFrame knows only where it is.
import { familyOf, type Ip } from '../net/ip.ts';
import { protocols, type SeenFrame, type SeenGue, type SeenIcmp, type SeenPacket } from '../packet/seen.ts';

/** e.g. `172.1.0.4:6080 > 172.1.0.3:6080 gue data 2/1 [10.0.0.9:4711 > 5.5.5.5:3100 tcp S 60 bytes]` */
export function frameText({ etherType, vlan, packet }: SeenFrame): string {
  const tag = vlan === undefined ? '' : `vlan ${vlan} `;
  return `${tag}${packet ? packetText(packet) : `ethertype ${etherType.toString(16).padStart(4, '0')}`}`;
}

function packetText(packet: SeenPacket): string {
  const { source, destination, ports } = packet;
  const ends = `${endText(source, ports?.source)} > ${endText(destination, ports?.destination)}`;
  return `${ends} ${packet.gue ? gueText(packet.gue) : contentText(packet)}`;
}

function endText(ip: Ip, port: number | undefined): string {
  if (port === undefined) return ip;
  return familyOf(ip) === 6 ? `[${ip}]:${port}` : `${ip}:${port}`;
}

function gueText({ kind, group, service, tunnel, packet }: SeenGue): string {
  const words = [
    `gue ${kind === 'signed-ping' ? 'signed ping' : kind}`,
    ...(group === undefined ? [] : [`${group}/${service}`]),
    ...(tunnel === undefined ? [] : [`tunnel ${tunnel}`]),
    ...(kind !== 'data' ? [] : [packet ? `[${packetText(packet)}]` : '[cut short]']),
  ];
  return words.join(' ');
}

const protocolNames: ReadonlyMap<number, string> = new Map([
  [protocols.tcp, 'tcp'],
  [protocols.udp, 'udp'],
  [protocols.icmp, 'icmp'],
  [protocols.icmpv6, 'icmp6'],
]);

function contentText({ protocol, bytes, tcpFlags, icmp, fragment }: SeenPacket): string {
  const words = [
    protocolNames.get(protocol) ?? `protocol ${protocol}`,
    ...(tcpFlags ? [tcpFlags] : []),
    ...(icmp ? [icmpText(protocol, icmp)] : []),
    `${bytes} bytes`,
    ...(icmp?.quoted ? [`about [${packetText(icmp.quoted)}]`] : []),
  ];
  if (!fragment) return words.join(' ');
  return `${words.join(' ')}, ${fragment.offset ? `fragment at ${fragment.offset}` : 'first fragment'}`;
}

/** By `type/code`, or `type` where the code does not matter. */
const icmpNames: Readonly<Record<number, Readonly<Record<string, string>>>> = {
  [protocols.icmp]: {
    '0': 'echo reply',
    '3/0': 'net unreachable',
    '3/1': 'host unreachable',
    '3/3': 'port unreachable',
    '3/4': 'fragmentation needed',
    '3/13': 'prohibited',
    '5': 'redirect',
    '8': 'echo request',
    '11': 'time exceeded',
  },
  [protocols.icmpv6]: {
    '1/4': 'port unreachable',
    '1': 'unreachable',
    '2': 'packet too big',
    '3': 'time exceeded',
    '128': 'echo request',
    '129': 'echo reply',
    '133': 'router solicitation',
    '134': 'router advertisement',
    '135': 'neighbour solicitation',
    '136': 'neighbour advertisement',
  },
};

function icmpText(protocol: number, { type, code, identifier, mtu }: SeenIcmp): string {
  const names = icmpNames[protocol];
  const words = [
    names?.[`${type}/${code}`] ?? names?.[type] ?? `type ${type} code ${code}`,
    ...(identifier === undefined ? [] : [`id ${identifier}`]),
    ...(mtu === undefined ? [] : [`mtu ${mtu}`]),
  ];
  return words.join(' ');
}

/** As schemas/event.schema.json describes `packet`. */
export function packetFields(packet: SeenPacket): Record<string, unknown> {
  const { source, destination, protocol, bytes, ports, tcpFlags, icmp, gue, fragment } = packet;
  return {
    source,
    destination,
    protocol,
    bytes,
    ...(ports && { sourcePort: ports.source, destinationPort: ports.destination }),
    ...(tcpFlags && { tcpFlags }),
    ...(fragment && { fragment }),
    ...(icmp && { icmp: { ...icmp, ...(icmp.quoted && { quoted: packetFields(icmp.quoted) }) } }),
    ...(gue && { gue: gueFields(gue) }),
  };
}

/** A sequence is a time in nanoseconds, more than a number of JSON holds. */
function gueFields({ sequence, packet, ...rest }: SeenGue): Record<string, unknown> {
  return {
    ...rest,
    ...(sequence !== undefined && { sequence: String(sequence) }),
    ...(packet && { packet: packetFields(packet) }),
  };
}
