// The outer headers put on and taken off (PROTOCOL.md section 1, DATAPATH.md section 5), of either family over either.
import type { Endpoint, Port } from '../../net/endpoint.ts';
import { type Family, familyOf } from '../../net/ip.ts';
import { setBe16 } from '../bytes.ts';
import { gueData, overheadOf, shortData } from '../gue.ts';
import { ethernetBytes, etherTypes, fragmentBits, ipv4Bytes, packetOf } from '../ipv4.ts';
import { ipv6Bytes } from '../ipv6.ts';
import { buildUdp } from '../transport.ts';
import type { Chance, ModelPacket } from './answer.ts';
import type { Packet } from './packet.ts';
import { adjustAt, changeOf } from './rewrite.ts';
import type { ModelKeyed, ModelTunnel } from './tables.ts';

const timeToLive = 64;
/** Of ports by chance. */
export const leastHashPort = 49152 as Port;

/** A packet of the underlay that is ours, as far as its GUE header. */
export interface Outer {
  readonly asked: ModelPacket;
  readonly packet: Packet;
  /** Where GUE starts in the frame. */
  readonly gueAt: number;
  /** Of UDP, as its header says. */
  readonly payloadBytes: number;
}

export interface Wrapped {
  readonly frame: Uint8Array;
  readonly chances: readonly Chance[];
}

/** `packet`: what the frame carries now. */
export function wrap(
  frame: Uint8Array,
  packet: Pick<Packet, 'family' | 'tos' | 'dontFragment'>,
  { tunnel, remote }: { readonly tunnel: ModelTunnel; readonly remote: Endpoint },
  whose: ModelKeyed,
): Wrapped {
  const family = familyOf(tunnel.local.ip);
  const setsDf = packet.family === 6 || packet.dontFragment;
  const inner = packetOf(frame);
  const outer = buildUdp({
    destinationMac: frame.subarray(0, 6),
    sourceMac: frame.subarray(6, 12),
    // One of the ports that chance may give.
    source: tunnel.hashPort ? { ip: tunnel.local.ip, port: leastHashPort } : tunnel.local,
    destination: remote,
    tos: packet.tos,
    ttl: timeToLive,
    fragment: setsDf ? fragmentBits.dontFragment : 0,
    payload: tunnel.short ? shortData(tunnel.remoteId, inner) : gueData(whose, inner),
    checksum: 'none',
  });
  return { frame: outer, chances: chancesOf(family, setsDf, tunnel.hashPort) };
}

function chancesOf(family: Family, setsDf: boolean, hashPort: boolean): Chance[] {
  const chances: Chance[] = [];
  if (family === 4 && !setsDf) chances.push({ at: ethernetBytes + 4, least: 0, inIpv4Header: true });
  const port = ethernetBytes + (family === 4 ? ipv4Bytes : ipv6Bytes);
  if (hashPort) chances.push({ at: port, least: leastHashPort, inIpv4Header: false });
  return chances;
}

/** Bytes that a tunnel puts before a packet. */
export function overheadIn({ local, short }: ModelTunnel): number {
  return overheadOf(familyOf(local.ip), short ? 'short' : 'keyed');
}

/** What lies from `at` on, behind the frame's own Ethernet header. */
export function unwrap(frame: Uint8Array, at: number, inner: Family): Uint8Array {
  const plain = new Uint8Array(ethernetBytes + frame.length - at);
  plain.set(frame.subarray(0, ethernetBytes));
  plain.set(frame.subarray(at), ethernetBytes);
  setBe16(plain, 12, inner === 4 ? etherTypes.ipv4 : etherTypes.ipv6);
  return plain;
}

const [notEct, ect1, ect0, congestion] = [0, 1, 2, 3];

/** RFC 6040 section 4.2: the inner ECN field after decapsulation, by the inner and the outer one; undefined: to be dropped. */
export function ecnOf(inner: number, outer: number): number | undefined {
  switch (inner & 3) {
    case notEct:
      return (outer & 3) === congestion ? undefined : notEct;
    case congestion:
      return congestion;
    default:
      if ((outer & 3) === congestion) return congestion;
      return (inner & 3) === ect0 && (outer & 3) === ect1 ? ect1 : inner & 3;
  }
}

/** Writes the ECN field of the packet that the frame begins with. */
export function putEcn(frame: Uint8Array, family: Family, ecn: number): void {
  const [first = 0, second = 0] = packetOf(frame);
  if (family === 6) {
    frame[ethernetBytes + 1] = (second & ~0x30) | (ecn << 4);
    return;
  }
  const after = (second & ~3) | ecn;
  if (after === second) return;
  frame[ethernetBytes + 1] = after;
  adjustAt(frame, ethernetBytes + 10, changeOf((first << 8) | second, (first << 8) | after));
}
