// ICMP as the model reads it (DATAPATH.md sections 2 and 3): errors with the packet that they quote, and echo.
import { type Endpoint, type Port, protocolNumbers } from '../../net/endpoint.ts';
import { ipFromOctets } from '../../net/ip.ts';
import { be16 } from '../bytes.ts';
import { icmpBytes, icmpTypes } from '../icmp.ts';
import { fragmentBits, ipv4Bytes } from '../ipv4.ts';
import { extensionTypes, ipv6Bytes } from '../ipv6.ts';
import { type Head, isIcmp } from './head.ts';
import { fragmentHeaderBytes, isNobodys } from './header-ipv6.ts';
import { hasPlainHeader, type Packet } from './packet.ts';

/** The packet in an ICMP error, as far as it is quoted. */
export interface Quote extends Pick<Head, 'family' | 'at' | 'transportAt' | 'sourceIp' | 'destinationIp'> {
  readonly protocol: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
}

const quotedTransportBytes = 8;
const { tcp, udp } = protocolNumbers;

/** No fragment, nothing between it and the IP header, and its 8 bytes in the frame: what is looked into at all. */
export function isReadableIcmp(frame: Uint8Array, packet: Packet): boolean {
  const isBare = packet.fragment === 'none' && hasPlainHeader(packet);
  return isIcmp(packet) && isBare && frame.length >= packet.transportAt + icmpBytes;
}

/** What an error quotes; undefined: no error, or one whose quote cannot be read. */
export function quotedIn(frame: Uint8Array, packet: Packet): Quote | undefined {
  const types = icmpTypes[packet.family];
  const { echoRequest, echoReply, ...errors } = types;
  if (!isReadableIcmp(frame, packet) || !Object.values<number>(errors).includes(frame[packet.transportAt] ?? 0))
    return undefined;
  return readQuote(frame, packet);
}

/** TCP or UDP of the same family, whole up to the first 8 bytes of its transport, without options, no later fragment. */
export function readQuote(frame: Uint8Array, { family, transportAt: icmpAt }: Packet): Quote | undefined {
  const at = icmpAt + icmpBytes;
  const isPlain = family === 4 ? frame[at] === 0x45 : (frame[at] ?? 0) >> 4 === 6;
  const { protocol, transportAt, isLater } = family === 4 ? ipv4Chain(frame, at) : ipv6Chain(frame, at);
  if (frame.length < transportAt + quotedTransportBytes) return undefined;
  if (!isPlain || isLater || (protocol !== tcp && protocol !== udp)) return undefined;
  const [first, bytes] = family === 4 ? [12, 4] : [8, 16];
  const sourceOctets = frame.subarray(at + first, at + first + bytes);
  const destinationOctets = frame.subarray(at + first + bytes, at + first + 2 * bytes);
  if (family === 6 && (isNobodys(sourceOctets) || isNobodys(destinationOctets))) return undefined;
  const [sourceIp, destinationIp] = [ipFromOctets(sourceOctets), ipFromOctets(destinationOctets)];
  const portAt = (offset: number): Port => be16(frame, transportAt + offset) as Port;
  return {
    family,
    at,
    transportAt,
    protocol,
    sourceIp,
    destinationIp,
    source: { ip: sourceIp, port: portAt(0) },
    destination: { ip: destinationIp, port: portAt(2) },
  };
}

interface QuotedChain {
  readonly protocol: number;
  readonly transportAt: number;
  readonly isLater: boolean;
}

function ipv4Chain(frame: Uint8Array, at: number): QuotedChain {
  const isLater = (be16(frame, at + 6) & fragmentBits.offset) !== 0;
  return { protocol: frame[at + 9] ?? 0, transportAt: at + ipv4Bytes, isLater };
}

/** A fragment header is the one extension that is read, and only where it is the first. */
function ipv6Chain(frame: Uint8Array, at: number): QuotedChain {
  const next = at + ipv6Bytes;
  const protocol = frame[at + 6] ?? 0;
  if (protocol !== extensionTypes.fragment) return { protocol, transportAt: next, isLater: false };
  return {
    protocol: frame[next] ?? 0,
    transportAt: next + fragmentHeaderBytes,
    isLater: be16(frame, next + 2) >> 3 !== 0,
  };
}

/** Identifier of an echo request or reply; undefined: it is none. */
export function echoIn(frame: Uint8Array, packet: Packet, kind: 'request' | 'reply'): Port | undefined {
  const { echoRequest, echoReply } = icmpTypes[packet.family];
  const type = kind === 'request' ? echoRequest : echoReply;
  const at = packet.transportAt;
  if (!isReadableIcmp(frame, packet) || be16(frame, at) !== type << 8) return undefined;
  return be16(frame, at + 4) as Port;
}
