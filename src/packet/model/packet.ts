// IP packets in Ethernet frames as the model reads them (DATAPATH.md section 1): from any byte of the frame, by the family that is
// expected there.
import { type Endpoint, type Port, protocolNumbers } from '../../net/endpoint.ts';
import { type Family, ipFromOctets } from '../../net/ip.ts';
import { be16 } from '../bytes.ts';
import { icmpBytes } from '../icmp.ts';
import { ethernetBytes, fragmentBits, ipv4Bytes } from '../ipv4.ts';
import { ipv6Bytes } from '../ipv6.ts';
import { tcpBytes, udpBytes } from '../transport.ts';
import { carriesPorts, fragmentKind, type Head } from './head.ts';
import { readIpv6 } from './header-ipv6.ts';
import { isSourceRouted } from './options.ts';

export interface Packet extends Head {
  /** Ports are 0 where there are none: later fragments, other protocols, a frame that ends before them. */
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

/** undefined: no header of that family at `at`. */
export function readPacketAt(frame: Uint8Array, at: number, family: Family): Packet | undefined {
  const head = family === 4 ? readIpv4(frame, at) : readIpv6(frame, at);
  if (!head) return undefined;
  const hasPorts = carriesPorts(head) && head.fragment !== 'later' && frame.length >= head.transportAt + 4;
  const portAt = (offset: number): Port => (hasPorts ? be16(frame, head.transportAt + offset) : 0) as Port;
  return {
    ...head,
    source: { ip: head.sourceIp, port: portAt(0) },
    destination: { ip: head.destinationIp, port: portAt(2) },
  };
}

function readIpv4(frame: Uint8Array, at: number): Head | undefined {
  const first = frame[at] ?? 0;
  const headerBytes = (first & 15) * 4;
  if (first >> 4 !== 4 || headerBytes < ipv4Bytes || frame.length < at + headerBytes) return undefined;
  const word = be16(frame, at + 6);
  return {
    family: 4,
    at,
    transportAt: at + headerBytes,
    bytes: be16(frame, at + 2),
    tos: frame[at + 1] ?? 0,
    ttl: frame[at + 8] ?? 0,
    id: be16(frame, at + 4),
    dontFragment: (word & fragmentBits.dontFragment) !== 0,
    fragment: fragmentKind(word & fragmentBits.offset, (word & fragmentBits.moreFragments) !== 0),
    hasOptions: headerBytes > ipv4Bytes,
    sourceRouted: isSourceRouted(frame.subarray(at + ipv4Bytes, at + headerBytes)),
    protocol: frame[at + 9] ?? 0,
    sourceIp: ipFromOctets(frame.subarray(at + 12, at + 16)),
    destinationIp: ipFromOctets(frame.subarray(at + 16, at + 20)),
  };
}

/**
 * Whether the header says as many bytes as there are (`room`), and they hold the least that its transport can be, or anything in a
 * later fragment.
 */
export function isWellFormed(frame: Uint8Array, packet: Packet, room: number): boolean {
  if (packet.bytes !== room) return false;
  const left = packet.at + room - packet.transportAt;
  if (packet.fragment === 'later') return left >= 1;
  if (packet.protocol === protocolNumbers.udp) return left >= udpBytes;
  if (packet.protocol !== protocolNumbers.tcp) return left >= icmpBytes;
  return left >= tcpBytes && (frame[packet.transportAt + 12] ?? 0) >> 4 >= tcpBytes / 4;
}

/** No options and no extension header of any kind, an atomic fragment's among them. */
export function hasPlainHeader({ family, at, transportAt }: Packet): boolean {
  return transportAt - at === (family === 4 ? ipv4Bytes : ipv6Bytes);
}

/** What the frame holds behind its Ethernet header. */
export function roomOf(frame: Uint8Array): number {
  return frame.length - ethernetBytes;
}
