// The bytes of the model where packets are too long for a tunnel: the MSS of a SYN lowered, the ICMP error that tells a sender.
// Written from the RFCs, independently of the C that it is compared with. Decides nothing.
import { protocolNumbers } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import { checksum } from './checksum.ts';
import { buildIpv4, ethernetBytes, fragmentBits, ipv4Bytes } from './ipv4.ts';
import { adjusted, be16 } from './rewrite.ts';
import { tcpBytes, tcpFlags, udpBytes } from './transport.ts';

const icmp = { protocol: 1, unreachable: 3, fragmentationNeeded: 4, bytes: 8 } as const;
/** Internetwork control (RFC 791 section 3.1). */
const errorTos = 0xc0;
const mssOption = { kind: 2, bytes: 4 } as const;
const optionKinds = { end: 0, noOperation: 1 } as const;
const optionsLookedAt = 12;

/** A copy in which a SYN offers no more than what fits into `fits` bytes with an IPv4 and a TCP header. */
export function clampSegments(frame: Uint8Array, fits: number): Uint8Array {
  const tcp = ethernetBytes + ipv4Bytes;
  if (be16(frame, 20) & fragmentBits.offset) return frame;
  if (frame[23] !== protocolNumbers.tcp || !((frame[tcp + 13] ?? 0) & tcpFlags.syn)) return frame;
  const at = mssAt(frame, tcp);
  const most = fits - ipv4Bytes - tcpBytes;
  if (at === undefined || be16(frame, at) <= most) return frame;
  const out = frame.slice();
  const view = new DataView(out.buffer);
  const change = most + (be16(frame, at) ^ 0xffff);
  // A value at an odd offset lies in two words: its bytes count the other way round.
  const swapped = (at - tcp) % 2 ? ((change & 0xff) << 8) + (change >>> 8) : change;
  view.setUint16(at, most);
  view.setUint16(tcp + 16, adjusted(be16(frame, tcp + 16), swapped));
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

/** RFC 1191: what a router answers when a packet does not fit, in the name of its destination, with its transport header quoted. */
export function fragmentationNeeded(frame: Uint8Array, fits: number): Uint8Array {
  const transportBytes = frame[23] === protocolNumbers.tcp ? tcpBytes : udpBytes;
  const payload = new Uint8Array(icmp.bytes + ipv4Bytes + transportBytes);
  const view = new DataView(payload.buffer);
  view.setUint8(0, icmp.unreachable);
  view.setUint8(1, icmp.fragmentationNeeded);
  view.setUint16(6, fits);
  payload.set(frame.subarray(ethernetBytes, ethernetBytes + ipv4Bytes + transportBytes), icmp.bytes);
  view.setUint16(2, checksum(payload));
  return buildIpv4({
    destinationMac: frame.subarray(0, 6),
    sourceMac: frame.subarray(6, 12),
    source: addressAt(frame, 30),
    destination: addressAt(frame, 26),
    protocol: icmp.protocol,
    tos: errorTos,
    fragment: fragmentBits.dontFragment,
    payload,
  });
}

/** Its MAC addresses exchanged. */
export function turned(frame: Uint8Array): Uint8Array {
  const out = frame.slice();
  out.set(frame.subarray(6, 12), 0);
  out.set(frame.subarray(0, 6), 6);
  return out;
}

function addressAt(frame: Uint8Array, at: number): Ip {
  return frame.subarray(at, at + 4).join('.') as Ip;
}
