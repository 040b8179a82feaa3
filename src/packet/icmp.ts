// ICMP (RFC 792) and ICMPv6 (RFC 4443) messages as frames, with right checksums: errors with what they quote, and echo.
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { checksum, pseudoHeaderSum } from './checksum.ts';
import { buildIp, type IpFields } from './ip.ts';

export const icmpBytes = 8;
export const icmpChecksumOffset = 2;
/** IANA protocol number of a family's own ICMP. */
export const icmpProtocols = { 4: 1, 6: 58 } as const;
export const icmpTypes = {
  4: { unreachable: 3, timeExceeded: 11, parameterProblem: 12, echoRequest: 8, echoReply: 0 },
  6: { unreachable: 1, tooBig: 2, timeExceeded: 3, parameterProblem: 4, echoRequest: 128, echoReply: 129 },
} as const;
/** Type and code of the error that says how long a packet may be. */
export const tooBigErrors = { 4: { type: 3, code: 4 }, 6: { type: 2, code: 0 } } as const;

export interface IcmpMessage extends IpFields {
  readonly source: Ip;
  readonly destination: Ip;
  readonly type: number;
  readonly code?: number;
  /** The four bytes behind the checksum. */
  readonly word?: number;
  readonly payload?: Uint8Array;
}

export function buildIcmp(message: IcmpMessage): Uint8Array {
  const family = familyOf(message.source);
  const data = message.payload ?? new Uint8Array(0);
  const payload = new Uint8Array(icmpBytes + data.length);
  const view = new DataView(payload.buffer);
  view.setUint8(0, message.type);
  view.setUint8(1, message.code ?? 0);
  view.setUint32(4, message.word ?? 0);
  payload.set(data, icmpBytes);
  view.setUint16(icmpChecksumOffset, checksum(payload, pseudoSum(family, message, payload.length)));
  return buildIp({ ...message, protocol: icmpProtocols[family], payload });
}

/** ICMPv6 sums a pseudo header as TCP does (RFC 4443 section 2.3), ICMP none. */
function pseudoSum(family: Family, { source, destination }: IcmpMessage, length: number): number {
  return family === 6 ? pseudoHeaderSum(source, destination, icmpProtocols[6], length) : 0;
}

type Ends = Pick<IcmpMessage, 'source' | 'destination'>;

export interface Echo extends Ends, IpFields {
  readonly identifier: number;
  readonly sequence?: number;
  readonly payload?: Uint8Array;
}

export function buildEchoRequest(echo: Echo): Uint8Array {
  return buildEcho(icmpTypes[familyOf(echo.source)].echoRequest, echo);
}

export function buildEchoReply(echo: Echo): Uint8Array {
  return buildEcho(icmpTypes[familyOf(echo.source)].echoReply, echo);
}

function buildEcho(type: number, { identifier, sequence = 1, ...rest }: Echo): Uint8Array {
  return buildIcmp({ ...rest, type, word: identifier * 65536 + sequence });
}

/** Fragmentation needed (RFC 1191) or packet too big, about `quoted` (an IP packet or its beginning, without Ethernet header). */
export function buildTooBig(
  message: Ends & IpFields & { readonly mtuBytes: number; readonly quoted: Uint8Array },
): Uint8Array {
  const { mtuBytes, quoted, ...rest } = message;
  return buildIcmp({ ...rest, ...tooBigErrors[familyOf(rest.source)], word: mtuBytes, payload: quoted });
}
