// GUE with the keyed header (PROTOCOL.md section 1): the payload of a tunnel's UDP datagrams, built and taken apart.
// A frame of it is buildUdp({ …, payload: gueData(…), checksum: 'none' }).

export const gueBytes = 24;
/** Outer IPv4, UDP and GUE: what encapsulation adds. */
export const overheadBytes = 52;
export const keyBytes = 16;
/** The first 32-bit word: version 0, control bit, length in words, protocol or control type, flags G and SEC 010. */
export const gueWords = { data: 0x0504a000, ping: 0x2601a000 } as const;

/** Who speaks: the same in data and ping. */
export interface GueHeader {
  readonly group: number;
  readonly service: number;
  /** 16 bytes. */
  readonly key: Uint8Array;
}

/** A GUE header and whatever comes after it. `word`: gueWords, or something else on purpose. */
export function gueThen(word: number, header: GueHeader, rest: Uint8Array): Uint8Array {
  if (header.key.length !== keyBytes) throw new RangeError(`a key of ${header.key.length} bytes`);
  const bytes = new Uint8Array(gueBytes + rest.length);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, word);
  view.setUint16(4, header.group);
  view.setUint16(6, header.service);
  bytes.set(header.key, 8);
  bytes.set(rest, gueBytes);
  return bytes;
}

/** An IPv4 packet (without Ethernet header: packetOf) on its way through a tunnel. */
export function gueData(header: GueHeader, packet: Uint8Array): Uint8Array {
  return gueThen(gueWords.data, header, packet);
}

/** `tunnel`: the gateway's number for it. */
export function guePing(header: GueHeader, tunnel: number): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, tunnel);
  return gueThen(gueWords.ping, header, id);
}

export type Gue = GueHeader &
  ({ readonly kind: 'data'; readonly packet: Uint8Array } | { readonly kind: 'ping'; readonly tunnel: number });

/** What a UDP payload says, or undefined when it is neither data nor ping with a keyed header. */
export function readGue(payload: Uint8Array): Gue | undefined {
  if (payload.length < gueBytes + 4) return undefined;
  const view = new DataView(payload.buffer, payload.byteOffset, payload.length);
  const header = { group: view.getUint16(4), service: view.getUint16(6), key: payload.subarray(8, gueBytes) };
  const rest = payload.subarray(gueBytes);
  const word = view.getUint32(0);
  if (word === gueWords.data) return { ...header, kind: 'data', packet: rest };
  if (word === gueWords.ping && rest.length === 4) return { ...header, kind: 'ping', tunnel: view.getUint32(gueBytes) };
  return undefined;
}
