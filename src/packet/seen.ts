// What can be seen of a captured frame: cut short as it may be, right or wrong. For people who look at traffic, never for a
// verdict: nothing is checked, checksums least of all (the network card may not have filled them in yet). Both families,
// extension headers, one VLAN tag, ICMP with what it quotes, GUE of PROTOCOL.md with what it carries.
import { type Ip, ipFromOctets } from '../net/ip.ts';
import { seenHeader } from './seen-gue.ts';

/** As far as it was captured: whatever lies behind the end is left out. */
export interface SeenPacket {
  readonly source: Ip;
  readonly destination: Ip;
  /** IANA number of the transport, behind any IPv6 extension headers. */
  readonly protocol: number;
  /** Of the packet, as its IP header says. */
  readonly bytes: number;
  /** Offset in bytes. */
  readonly fragment?: { readonly offset: number; readonly more: boolean };
  readonly ports?: { readonly source: number; readonly destination: number };
  /** Letters of the flags that are set, e.g. `S`, `SA`, `FA`, in the order SFRPUAEC. */
  readonly tcpFlags?: string;
  readonly icmp?: SeenIcmp;
  readonly gue?: SeenGue;
}

export interface SeenIcmp {
  readonly type: number;
  readonly code: number;
  /** Of an echo. */
  readonly identifier?: number;
  /** Of a too-big message: what fits. */
  readonly mtu?: number;
  /** Of an error: the packet that it is about. */
  readonly quoted?: SeenPacket;
}

export interface SeenGue {
  readonly kind: 'data' | 'ping' | 'signed-ping';
  readonly header: 'keyed' | 'short';
  /** In the keyed header. */
  readonly group?: number;
  readonly service?: number;
  /** In pings and in the short header: the receiver's number for it. */
  readonly tunnel?: number;
  /** Of a signed ping. */
  readonly sequence?: bigint;
  /** What data carries. */
  readonly packet?: SeenPacket;
}

export interface SeenFrame {
  /** Behind the VLAN tag, where there is one inside the frame. */
  readonly etherType: number;
  readonly vlan?: number;
  /** IPv4 and IPv6. */
  readonly packet?: SeenPacket;
  /** Where a service's key begins in the frame: 16 bytes that nobody but its two ends should see. */
  readonly keysAt: readonly number[];
}

/** What is being looked at, and what was found on the way. */
export interface Sight {
  readonly bytes: Uint8Array;
  readonly view: DataView;
  readonly keysAt: number[];
}

const ethernetBytes = 14;
const vlanTypes: ReadonlySet<number> = new Set([0x8100, 0x88a8]);
const [ipv4Type, ipv6Type] = [0x0800, 0x86dd];
export const protocols = { icmp: 1, tcp: 6, udp: 17, icmpv6: 58 } as const;

export function seenFrame(bytes: Uint8Array): SeenFrame {
  const sight: Sight = {
    bytes,
    view: new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
    keysAt: [],
  };
  let at = ethernetBytes;
  let etherType = bytes.length >= at ? sight.view.getUint16(at - 2) : 0;
  let vlan: number | undefined;
  if (vlanTypes.has(etherType) && bytes.length >= at + 4) {
    vlan = sight.view.getUint16(at) & 0xfff;
    etherType = sight.view.getUint16(at + 2);
    at += 4;
  }
  const packet = etherType === ipv4Type || etherType === ipv6Type ? seenPacket(sight, at) : undefined;
  return { etherType, ...(vlan !== undefined && { vlan }), ...(packet && { packet }), keysAt: sight.keysAt };
}

/** The IP packet at `at`, by the version that it says itself. */
export function seenPacket(sight: Sight, at: number): SeenPacket | undefined {
  const version = (sight.bytes[at] ?? 0) >> 4;
  if (version === 4) return seenIpv4(sight, at);
  return version === 6 ? seenIpv6(sight, at) : undefined;
}

function seenIpv4(sight: Sight, at: number): SeenPacket | undefined {
  const { bytes, view } = sight;
  const headerBytes = ((bytes[at] ?? 0) & 15) * 4;
  if (headerBytes < 20 || bytes.length < at + 20) return undefined;
  const field = view.getUint16(at + 6);
  const fragment = { offset: (field & 0x1fff) * 8, more: (field & 0x2000) !== 0 };
  const protocol = view.getUint8(at + 9);
  return {
    source: ipFromOctets(bytes.subarray(at + 12, at + 16)),
    destination: ipFromOctets(bytes.subarray(at + 16, at + 20)),
    protocol,
    bytes: view.getUint16(at + 2),
    ...((fragment.offset > 0 || fragment.more) && { fragment }),
    ...(fragment.offset === 0 && seenTransport(sight, protocol, at + headerBytes)),
  };
}

/** Hop-by-hop, routing, destination options: 8 bytes more than their second byte says. */
const lengthened: ReadonlySet<number> = new Set([0, 43, 60]);
const fragmentHeader = 44;
const extensionsAtMost = 6;

function seenIpv6(sight: Sight, at: number): SeenPacket | undefined {
  const { bytes, view } = sight;
  if (bytes.length < at + 40) return undefined;
  let protocol = view.getUint8(at + 6);
  let next = at + 40;
  let fragment = { offset: 0, more: false };
  for (let seen = 0; seen < extensionsAtMost && bytes.length >= next + 8; seen++) {
    if (protocol === fragmentHeader) {
      const field = view.getUint16(next + 2);
      fragment = { offset: field & 0xfff8, more: (field & 1) !== 0 };
    } else if (!lengthened.has(protocol)) break;
    const length = protocol === fragmentHeader ? 8 : (view.getUint8(next + 1) + 1) * 8;
    protocol = view.getUint8(next);
    next += length;
    if (fragment.offset) break;
  }
  return {
    source: ipFromOctets(bytes.subarray(at + 8, at + 24)),
    destination: ipFromOctets(bytes.subarray(at + 24, at + 40)),
    protocol,
    bytes: view.getUint16(at + 4) + 40,
    ...((fragment.offset > 0 || fragment.more) && { fragment }),
    ...(fragment.offset === 0 && seenTransport(sight, protocol, next)),
  };
}

type SeenTransport = Pick<SeenPacket, 'ports' | 'tcpFlags' | 'icmp' | 'gue'>;

function seenTransport(sight: Sight, protocol: number, at: number): SeenTransport {
  const { bytes, view } = sight;
  const has = (count: number): boolean => bytes.length >= at + count;
  if (protocol === protocols.icmp || protocol === protocols.icmpv6)
    return has(8) ? { icmp: seenIcmp(sight, protocol, at) } : {};
  if ((protocol !== protocols.tcp && protocol !== protocols.udp) || !has(4)) return {};
  const ports = { source: view.getUint16(at), destination: view.getUint16(at + 2) };
  if (protocol === protocols.tcp) return { ports, ...(has(14) && { tcpFlags: tcpFlags(view.getUint8(at + 13)) }) };
  const gue = has(12) ? seenGue(sight, at + 8, view.getUint16(at + 4) - 8) : undefined;
  return { ports, ...(gue && { gue }) };
}

function seenGue(sight: Sight, at: number, length: number): SeenGue | undefined {
  const header = seenHeader(sight, at, length);
  if (!header) return undefined;
  const packet = header.packetAt === undefined ? undefined : seenPacket(sight, header.packetAt);
  return { ...header.gue, ...(packet && { packet }) };
}

/** In the order in which people say them; the numbers are the bits. */
const tcpBits = { S: 2, F: 1, R: 4, P: 8, U: 32, A: 16, E: 64, C: 128 } as const;

function tcpFlags(bits: number): string {
  return Object.entries(tcpBits)
    .filter(([, bit]) => bits & bit)
    .map(([letter]) => letter)
    .join('');
}

const errors: Readonly<Record<number, ReadonlySet<number>>> = {
  [protocols.icmp]: new Set([3, 4, 5, 11, 12]),
  [protocols.icmpv6]: new Set([1, 2, 3, 4]),
};
const echoes: ReadonlySet<number> = new Set([0, 8, 128, 129]);

function seenIcmp(sight: Sight, protocol: number, at: number): SeenIcmp {
  const { view } = sight;
  const type = view.getUint8(at);
  const code = view.getUint8(at + 1);
  if (errors[protocol]?.has(type)) {
    const quoted = seenPacket(sight, at + 8);
    const mtu = mtuOf(protocol, type, code, view, at);
    return { type, code, ...(mtu !== undefined && { mtu }), ...(quoted && { quoted }) };
  }
  const isEcho = echoes.has(type) && protocol === (type < 128 ? protocols.icmp : protocols.icmpv6);
  return { type, code, ...(isEcho && { identifier: view.getUint16(at + 4) }) };
}

function mtuOf(protocol: number, type: number, code: number, view: DataView, at: number): number | undefined {
  if (protocol === protocols.icmp) return type === 3 && code === 4 ? view.getUint16(at + 6) : undefined;
  return type === 2 ? view.getUint32(at + 4) : undefined;
}
