// GUE as a captured datagram shows it (PROTOCOL.md section 1). Keyed and short header begin with the same word, and only the two
// ends of a tunnel know which one it is: here, the inner packet tells, whose version and length must agree with the datagram.
import type { SeenGue, Sight } from './seen.ts';

/** A GUE header, and where the packet begins that it carries. */
export interface SeenHeader {
  readonly gue: Omit<SeenGue, 'packet'>;
  readonly packetAt: number | undefined;
}

/** The first 32 bits of a datagram. */
const words = { dataIpv4: 0x0504a000, dataIpv6: 0x0529a000, ping: 0x2601a000, signedPing: 0x2a01a000 } as const;
const kinds: ReadonlyMap<number, SeenGue['kind']> = new Map([
  [words.dataIpv4, 'data'],
  [words.dataIpv6, 'data'],
  [words.ping, 'ping'],
  [words.signedPing, 'signed-ping'],
]);
/** Where the inner packet begins. */
const headers = { keyed: 24, short: 8 } as const;
const shortPingBytes = 8;
/** Where the security field is, by flags: with a group before it, and without. */
const keyAtByFlags: ReadonlyMap<number, number> = new Map([
  [0xa000, 8],
  [0x2000, 4],
]);

/** @param length of the UDP payload, as the UDP header says; the capture may be shorter */
export function seenHeader(sight: Sight, at: number, length: number): SeenHeader | undefined {
  const { bytes, view, keysAt } = sight;
  const word = view.getUint32(at);
  const kind = kinds.get(word);
  const isShort = kind === 'data' ? isShortData(sight, at, length) : kind === 'ping' && length === shortPingBytes;
  // Also of headers that nobody accepts: what was sent with a key holds a key.
  const keyAt = at + (keyAtByFlags.get(word & 0xffff) ?? bytes.length);
  if (!isShort && bytes.length > keyAt) keysAt.push(keyAt);
  if (kind === undefined || bytes.length < at + 8) return undefined;
  const header = isShort ? 'short' : 'keyed';
  const names = isShort
    ? { tunnel: view.getUint32(at + 4) }
    : { group: view.getUint16(at + 4), service: view.getUint16(at + 6) };
  return {
    gue: { kind, header, ...names, ...(kind !== 'data' && !isShort && seenPing(sight, at, kind)) },
    packetAt: kind === 'data' ? at + headers[header] : undefined,
  };
}

function seenPing({ bytes, view }: Sight, at: number, kind: SeenGue['kind']): Pick<SeenGue, 'tunnel' | 'sequence'> {
  return {
    ...(bytes.length >= at + 28 && { tunnel: view.getUint32(at + 24) }),
    ...(kind === 'signed-ping' && bytes.length >= at + 36 && { sequence: view.getBigUint64(at + 28) }),
  };
}

/** When both readings are possible, which one in a million is, the key is the safer guess. */
function isShortData(sight: Sight, at: number, length: number): boolean {
  return !agrees(sight, at, length, headers.keyed) && agrees(sight, at, length, headers.short);
}

function agrees({ bytes, view }: Sight, at: number, length: number, headerBytes: number): boolean {
  const inner = at + headerBytes;
  if (bytes.length < inner + 6) return false;
  const version = view.getUint32(at) === words.dataIpv6 ? 6 : 4;
  if (view.getUint8(inner) >> 4 !== version) return false;
  return length - headerBytes === (version === 6 ? view.getUint16(inner + 4) + 40 : view.getUint16(inner + 2));
}
