// A datagram in three fragments, of either family: they carry its bytes, the first one its header.
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { buildIp, type IpFields } from '../../../src/packet/ip.ts';
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { readFrame } from '../../../src/packet/read.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { bytes } from './scene.ts';

const more = fragmentBits.moreFragments;

export interface Pieces {
  readonly first: Uint8Array;
  readonly middle: Uint8Array;
  readonly last: Uint8Array;
}

/** 8 + 64 bytes, 64 bytes, the rest of 200; its checksum is that of the whole. */
export function pieces(source: Endpoint, destination: Endpoint, change: IpFields = {}): Pieces {
  const segment = readFrame(buildUdp({ source, destination, payload: bytes(200) }))?.segment ?? new Uint8Array(0);
  const piece = (from: number, to: number, fragment: number): Uint8Array =>
    buildIp({
      source: source.ip,
      destination: destination.ip,
      protocol: protocolNumbers.udp,
      id: 77,
      fragment,
      payload: segment.slice(from, to),
      ...change,
    });
  return { first: piece(0, 72, more), middle: piece(72, 136, more | 9), last: piece(136, segment.length, 17) };
}
