// IP headers and what they carry, field by field.
import { etherTypes, fragmentBits, ipv4Bytes } from '../ipv4.ts';
import { extensionTypes, ipv6Bytes } from '../ipv6.ts';
import {
  addressText,
  decimal,
  type FieldSpec,
  type Layer,
  layerAt,
  numberText,
  payloadAt,
  type Read,
} from './layer.ts';
import { readTransport } from './transport.ts';

/** Packets in packets, as deep as any is looked into: an error that quotes what a tunnel carries. */
const deepest = 3;

/** @param type EtherType of what begins at `at` */
export function ipLayers(frame: Uint8Array, at: number, type: number, depth = 0): readonly Layer[] {
  const version = (frame[at] ?? 0) >> 4;
  const isIpv4 = type === etherTypes.ipv4 && version === 4;
  if (depth === deepest || (!isIpv4 && !(type === etherTypes.ipv6 && version === 6))) return [payloadAt(frame, at)];
  const { layers, inside } = isIpv4 ? readIpv4(frame, at) : readIpv6(frame, at);
  return inside ? [...layers, ...ipLayers(frame, inside.at, inside.type, depth + 1)] : layers;
}

const protocolNames: Readonly<Record<number, string>> = {
  0: 'hop-by-hop',
  1: 'ICMP',
  6: 'TCP',
  17: 'UDP',
  43: 'routing',
  44: 'fragment',
  58: 'ICMPv6',
  60: 'destination options',
};

function protocolOf(bytes: Uint8Array): string {
  return protocolNames[bytes[0] ?? 0] ?? decimal(bytes);
}

/** DSCP and ECN (RFC 2474, RFC 3168). */
function trafficClass(byte: number): string {
  const ecn = ['not ECT', 'ECT(1)', 'ECT(0)', 'CE'][byte & 3];
  return `DSCP ${byte >> 2}, ${ecn}`;
}

function fragmentText(bytes: Uint8Array): string {
  const word = ((bytes[0] ?? 0) << 8) | (bytes[1] ?? 0);
  const words = [
    ...(word & fragmentBits.dontFragment ? ["don't fragment"] : []),
    ...(word & fragmentBits.moreFragments ? ['more fragments'] : []),
    ...(word & fragmentBits.offset ? [`offset ${(word & fragmentBits.offset) * 8}`] : []),
  ];
  return words.join(', ') || 'may be fragmented';
}

function readIpv4(frame: Uint8Array, at: number): Read {
  const headerBytes = ((frame[at] ?? 0) & 15) * 4;
  const options = headerBytes - ipv4Bytes;
  const specs: FieldSpec[] = [
    ['version, length', 1, () => `4, ${headerBytes} bytes`],
    ['tos', 1, ([byte = 0]) => trafficClass(byte)],
    ['total length', 2, decimal],
    ['identification', 2, decimal],
    ['fragment', 2, fragmentText],
    ['ttl', 1, decimal],
    ['protocol', 1, protocolOf],
    ['checksum', 2, numberText],
    ['source', 4, addressText],
    ['destination', 4, addressText],
    ...(options > 0 ? [['options', options, () => `${options} bytes`] as const] : []),
  ];
  const isLater = (((frame[at + 6] ?? 0) << 8) | (frame[at + 7] ?? 0)) & fragmentBits.offset;
  const header = layerAt(frame, 'ipv4', at, specs);
  const behind = at + Math.max(headerBytes, ipv4Bytes);
  if (isLater) return { layers: [header, payloadAt(frame, behind)], inside: undefined };
  const transport = readTransport(frame, behind, frame[at + 9] ?? 0);
  return { ...transport, layers: [header, ...transport.layers] };
}

function readIpv6(frame: Uint8Array, at: number): Read {
  const header = layerAt(frame, 'ipv6', at, [
    [
      'version, class, flow',
      4,
      ([a = 0, b = 0, c = 0, d = 0]) =>
        `6, ${trafficClass(((a & 15) << 4) | (b >> 4))}, flow ${((b & 15) << 16) | (c << 8) | d}`,
    ],
    ['payload length', 2, decimal],
    ['next header', 1, protocolOf],
    ['hop limit', 1, decimal],
    ['source', 16, addressText],
    ['destination', 16, addressText],
  ]);
  const behind = readExtensions(frame, at + ipv6Bytes, frame[at + 6] ?? 0);
  return { ...behind, layers: [header, ...behind.layers] };
}

const extensions: readonly number[] = Object.values(extensionTypes);
/** As many as are read at all. */
const mostExtensions = 6;

function readExtensions(frame: Uint8Array, from: number, first: number): Read {
  const layers: Layer[] = [];
  let [at, protocol] = [from, first];
  while (extensions.includes(protocol) && layers.length < mostExtensions && at + 8 <= frame.length) {
    const isFragment = protocol === extensionTypes.fragment;
    const length = isFragment ? 8 : ((frame[at + 1] ?? 0) + 1) * 8;
    layers.push(layerAt(frame, protocolNames[protocol] ?? '', at, isFragment ? fragmentFields : optionFields(length)));
    const isLater = isFragment && ((((frame[at + 2] ?? 0) << 8) | (frame[at + 3] ?? 0)) & 0xfff8) !== 0;
    protocol = frame[at] ?? 0;
    at += length;
    if (isLater) return { layers: [...layers, payloadAt(frame, at)], inside: undefined };
  }
  const transport = readTransport(frame, at, protocol);
  return { ...transport, layers: [...layers, ...transport.layers] };
}

const fragmentFields: readonly FieldSpec[] = [
  ['next header', 1, protocolOf],
  ['reserved', 1, numberText],
  ['offset, more', 2, ([a = 0, b = 0]) => `offset ${(a << 8) | (b & 0xf8)}${b & 1 ? ', more fragments' : ''}`],
  ['identification', 4, decimal],
];

function optionFields(length: number): readonly FieldSpec[] {
  return [
    ['next header', 1, protocolOf],
    ['length', 1, () => `${length} bytes`],
    ['content', length - 2, () => `${length - 2} bytes`],
  ];
}
