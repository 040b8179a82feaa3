// What fits into a tunnel (DATAPATH.md section 7): the MSS of a SYN lowered, and the answer to a packet that is too long.
import { protocolNumbers } from '../../net/endpoint.ts';
import type { Ip } from '../../net/ip.ts';
import { be16, setBe16 } from '../bytes.ts';
import { checksum, pseudoHeaderSum } from '../checksum.ts';
import { buildTooBig, icmpBytes, icmpChecksumOffset } from '../icmp.ts';
import { ethernetBytes, fragmentBits, ipv4Bytes } from '../ipv4.ts';
import { ipv6Bytes } from '../ipv6.ts';
import { checksumOffsets, tcpBytes, tcpFlags, udpBytes } from '../transport.ts';
import { dropped, type ModelAnswer, type ModelPacket, redirected } from './answer.ts';
import { carriesPorts } from './head.ts';
import { turned } from './icmp-rewrite.ts';
import { overheadIn } from './outer.ts';
import { hasPlainHeader, type Packet, roomOf } from './packet.ts';
import { adjustAt, changeOf } from './rewrite.ts';
import type { ModelTables, ModelTunnel } from './tables.ts';

const mssOption = { kind: 2, bytes: 4 } as const;
const optionKinds = { end: 0, noOperation: 1 } as const;
const optionsLookedAt = 12;
/** Internetwork control (RFC 791 section 3.1). */
const answerTos = { 4: 0xc0, 6: 0 } as const;
/** RFC 8200 section 5: no IPv6 link carries less, and no host is told of less. */
const leastMtu = { 4: 0, 6: 1280 } as const;

/** Bytes of the longest inner packet. `remote`: where the path leads; undefined: nowhere yet. */
export function fitsIn(tables: ModelTables, tunnel: ModelTunnel, remote: Ip | undefined): number {
  const path = remote === undefined ? undefined : tables.path(tunnel.local.ip, remote);
  const lowered = path !== undefined && path.untilNs > tables.nowNs() ? path.mtuBytes : tunnel.mtuBytes;
  return Math.min(tunnel.mtuBytes, lowered) - overheadIn(tunnel);
}

/**
 * What is refused is longer than this. IPv6 senders go no lower than 1280 bytes (RFC 8200 section 5): what was said of the path counts
 * for them above that alone.
 */
function refusedAbove(tunnel: ModelTunnel, { family }: Packet, fits: number): number {
  return Math.max(fits, Math.min(leastMtu[family], tunnel.mtuBytes - overheadIn(tunnel)));
}

/** A copy in which a SYN offers no more than what fits into `fits` bytes with a header without options and TCP's. */
export function clampSegments(frame: Uint8Array, packet: Packet, fits: number): Uint8Array {
  const tcp = packet.transportAt;
  if (packet.protocol !== protocolNumbers.tcp || packet.fragment === 'later') return frame;
  if (!((frame[tcp + 13] ?? 0) & tcpFlags.syn)) return frame;
  const at = mssAt(frame, tcp);
  const most = fits - (packet.family === 4 ? ipv4Bytes : ipv6Bytes) - tcpBytes;
  if (at === undefined || be16(frame, at) <= most) return frame;
  const out = frame.slice();
  const change = changeOf(be16(frame, at), most);
  // A value at an odd offset lies in two words: its bytes count the other way round.
  const swapped = (at - tcp) % 2 ? ((change & 0xff) << 8) + (change >>> 8) : change;
  setBe16(out, at, most);
  adjustAt(out, tcp + checksumOffsets.tcp, swapped);
  return out;
}

/** Where the MSS lies in the frame. */
function mssAt(frame: Uint8Array, tcp: number): number | undefined {
  const end = tcp + ((frame[tcp + 12] ?? 0) >> 4) * 4;
  if (end > frame.length) return undefined;
  let at = tcp + tcpBytes;
  for (let seen = 0; seen < optionsLookedAt && at + mssOption.bytes <= end; seen++) {
    const kind = frame[at] ?? 0;
    const length = kind === optionKinds.noOperation ? 1 : (frame[at + 1] ?? 0);
    if (kind === mssOption.kind) return length === mssOption.bytes ? at + 2 : undefined;
    if (kind === optionKinds.end || (kind !== optionKinds.noOperation && length < 2)) return undefined;
    at += length;
  }
  return undefined;
}

/** What becomes of a packet that is too long for the tunnel; undefined: it is not. */
export function tooBig(asked: ModelPacket, packet: Packet, tunnel: ModelTunnel, fits: number): ModelAnswer | undefined {
  const { frame } = asked;
  if (roomOf(frame) <= refusedAbove(tunnel, packet, fits)) return undefined;
  // Nobody is told about a later fragment (RFC 1812 section 4.3.2.7); who makes fragments can make shorter ones.
  const canBeTold = packet.fragment === 'first' || (packet.fragment === 'none' && packet.dontFragment);
  if (!canBeTold || packet.hasOptions || !carriesPorts(packet)) return dropped('too-big', frame);
  return sentBack('too-big-answered', asked, tooBigAnswer(frame, packet, fits));
}

/** Through the interface that the packet came by, or as if the device had received the answer. */
export function sentBack(verdict: string, { ingressIfindex }: ModelPacket, answer: Uint8Array): ModelAnswer {
  return redirected(verdict, ingressIfindex === 0 ? turned(answer) : answer);
}

/** RFC 1191, RFC 4443 section 3.2: what a router answers, in the name of the packet's destination. */
function tooBigAnswer(frame: Uint8Array, packet: Packet, fits: number): Uint8Array {
  const { family, transportAt, protocol } = packet;
  // Behind a fragment header no more than every error must have.
  const isWhole = protocol === protocolNumbers.tcp && hasPlainHeader(packet);
  const quotedBytes = transportAt - packet.at + (isWhole ? tcpBytes : udpBytes);
  const quoted = frame.subarray(ethernetBytes, ethernetBytes + quotedBytes);
  const answer = buildTooBig({
    destinationMac: frame.subarray(0, 6),
    sourceMac: frame.subarray(6, 12),
    source: packet.destination.ip,
    destination: packet.source.ip,
    tos: answerTos[family],
    fragment: fragmentBits.dontFragment,
    mtuBytes: Math.max(fits, leastMtu[family]),
    quoted,
  });
  countFinished(answer, packet, quoted.subarray(transportAt - packet.at), answer.length - quoted.length - icmpBytes);
  return answer;
}

/**
 * A checksum that a device is still to finish holds the pseudo header's sum. It will be finished over what is left of its packet, the
 * quoted transport header, after ICMP has been summed: so it counts as what it will be.
 */
function countFinished(answer: Uint8Array, packet: Packet, transport: Uint8Array, icmpAt: number): void {
  const { protocol = 0, source, destination, at, bytes, transportAt } = packet;
  const field = protocol === protocolNumbers.tcp ? checksumOffsets.tcp : checksumOffsets.udp;
  const pseudo = pseudoHeaderSum(source.ip, destination.ip, protocol, at + bytes - transportAt);
  // Whoever writes a fragment, or a fragment header, finishes the checksum first.
  const header = packet.family === 4 ? ipv4Bytes : ipv6Bytes;
  if (packet.fragment !== 'none' || transportAt - at > header) return;
  if (field + 2 > transport.length || be16(transport, field) !== pseudo) return;
  adjustAt(answer, icmpAt + icmpChecksumOffset, changeOf(pseudo, checksum(transport)));
}
