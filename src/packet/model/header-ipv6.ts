// IPv6 headers as the model reads them, with the chain of extension headers walked (RFC 8200 section 4, DATAPATH.md section 1).
import { ipFromOctets } from '../../net/ip.ts';
import { be16, be32 } from '../bytes.ts';
import { extensionTypes, ipv6Bytes } from '../ipv6.ts';
import { type FragmentKind, fragmentKind, type Head } from './head.ts';

const mostWalked = 6;
export const fragmentHeaderBytes = 8;
/** A protocol number that is none. */
const reserved = 255;
const walkable: readonly number[] = Object.values(extensionTypes);

export function readIpv6(frame: Uint8Array, at: number): Head | undefined {
  if ((frame[at] ?? 0) >> 4 !== 6 || frame.length < at + ipv6Bytes) return undefined;
  const [source, destination] = [frame.subarray(at + 8, at + 24), frame.subarray(at + 24, at + 40)];
  const chain = walk(frame, at + ipv6Bytes, frame[at + 6] ?? 0);
  const isAddressed = !isNobodys(source) && !isNobodys(destination);
  return {
    family: 6,
    at,
    bytes: be16(frame, at + 4) + ipv6Bytes,
    tos: (be16(frame, at) >> 4) & 0xff,
    ttl: frame[at + 7] ?? 0,
    dontFragment: true,
    ...chain,
    protocol: isAddressed && chain.protocol !== reserved ? chain.protocol : undefined,
    sourceIp: ipFromOctets(source),
    destinationIp: ipFromOctets(destination),
  };
}

/** Unspecified, or IPv4 in IPv6's clothes, which the tables would take for IPv4. */
export function isNobodys(octets: Uint8Array): boolean {
  const leading = octets.subarray(0, 10).every((octet) => octet === 0);
  return leading && (be16(octets, 10) === 0xffff || octets.subarray(10).every((octet) => octet === 0));
}

type Chain = Pick<Head, 'transportAt' | 'protocol' | 'id' | 'fragment' | 'hasOptions' | 'sourceRouted'>;

function walk(frame: Uint8Array, start: number, first: number): Chain {
  let [next, transportAt, id, hasOptions, sourceRouted] = [first, start, 0, false, false];
  let fragment: FragmentKind = 'none';
  const chain = (protocol: number | undefined): Chain => ({
    protocol,
    transportAt,
    id,
    fragment,
    hasOptions,
    sourceRouted,
  });
  for (let walked = 0; walkable.includes(next); walked++) {
    const isFragment = next === extensionTypes.fragment;
    const bytes = isFragment ? fragmentHeaderBytes : ((frame[transportAt + 1] ?? 0) + 1) * 8;
    if (walked === mostWalked || transportAt + bytes > frame.length) return chain(undefined);
    if (!isFragment) hasOptions = true;
    if (next === extensionTypes.routing && frame[transportAt + 3] !== 0) sourceRouted = true;
    next = frame[transportAt] ?? 0;
    if (isFragment) {
      const word = be16(frame, transportAt + 2);
      fragment = fragmentKind(word >> 3, (word & 1) !== 0);
      id = be32(frame, transportAt + 4);
      transportAt += bytes;
      // It must be the last header before the transport.
      return chain(walkable.includes(next) ? undefined : next);
    }
    transportAt += bytes;
  }
  return chain(next);
}
