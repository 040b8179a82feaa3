// TCP, UDP, ICMP and GUE, field by field, and where the packet begins that a tunnel carries or an error quotes.
import { protocolNumbers } from '../../net/endpoint.ts';
import type { Family } from '../../net/ip.ts';
import { gueWords } from '../gue.ts';
import { icmpBytes, icmpProtocols, icmpTypes, tooBigErrors } from '../icmp.ts';
import { etherTypes } from '../ipv4.ts';
import type { SeenGue } from '../seen.ts';
import { seenHeader } from '../seen-gue.ts';
import { tcpBytes, tcpFlags, udpBytes } from '../transport.ts';
import { decimal, type FieldSpec, type Layer, layerAt, numberText, payloadAt, type Read } from './layer.ts';

export function readTransport(frame: Uint8Array, at: number, protocol: number): Read {
  if (at >= frame.length) return { layers: [], inside: undefined };
  if (protocol === protocolNumbers.tcp) return { layers: tcpLayers(frame, at), inside: undefined };
  if (protocol === protocolNumbers.udp) return readUdp(frame, at);
  if (protocol === icmpProtocols[4]) return readIcmp(frame, at, 4);
  if (protocol === icmpProtocols[6]) return readIcmp(frame, at, 6);
  return { layers: [payloadAt(frame, at)], inside: undefined };
}

function tcpLayers(frame: Uint8Array, at: number): readonly Layer[] {
  const headerBytes = Math.max(((frame[at + 12] ?? 0) >> 4) * 4, tcpBytes);
  const options = Math.min(headerBytes - tcpBytes, frame.length - at - tcpBytes);
  const specs: FieldSpec[] = [
    ['source port', 2, decimal],
    ['destination port', 2, decimal],
    ['sequence', 4, decimal],
    ['acknowledged', 4, decimal],
    ['length', 1, () => `${headerBytes} bytes`],
    ['flags', 1, ([byte = 0]) => flagsText(byte)],
    ['window', 2, decimal],
    ['checksum', 2, numberText],
    ['urgent', 2, decimal],
    ...(options > 0 ? [['options', options, optionsText] as const] : []),
  ];
  return [layerAt(frame, 'tcp', at, specs), payloadAt(frame, at + headerBytes)];
}

function flagsText(byte: number): string {
  const names = Object.entries(tcpFlags).filter(([, bit]) => byte & bit);
  return names.map(([name]) => name).join(' ') || 'none';
}

function optionsText(bytes: Uint8Array): string {
  const isMss = bytes.length >= 4 && bytes[0] === 2 && bytes[1] === 4;
  return isMss ? `mss ${((bytes[2] ?? 0) << 8) | (bytes[3] ?? 0)}` : `${bytes.length} bytes`;
}

function readUdp(frame: Uint8Array, at: number): Read {
  const header = layerAt(frame, 'udp', at, [
    ['source port', 2, decimal],
    ['destination port', 2, decimal],
    ['length', 2, decimal],
    ['checksum', 2, (bytes) => (bytes.every((byte) => byte === 0) ? 'none' : numberText(bytes))],
  ]);
  const gue = frame.length >= at + udpBytes + 4 ? readGue(frame, at) : undefined;
  return gue
    ? { ...gue, layers: [header, ...gue.layers] }
    : { layers: [header, payloadAt(frame, at + udpBytes)], inside: undefined };
}

const wordNames: Readonly<Record<number, string>> = {
  [gueWords.data]: 'data, IPv4 inside',
  [gueWords.dataIpv6]: 'data, IPv6 inside',
  [gueWords.ping]: 'ping',
  [gueWords.signedPing]: 'signed ping',
};
const word: FieldSpec = ['word', 4, (bytes) => wordNames[Number(decimal(bytes))] ?? numberText(bytes)];
const keyed: readonly FieldSpec[] = [
  word,
  ['group', 2, decimal],
  ['service', 2, decimal],
  ['key', 16, () => 'blanked'],
];
const short: readonly FieldSpec[] = [word, ['tunnel', 4, decimal]];
const behindKey: Readonly<Record<SeenGue['kind'], readonly FieldSpec[]>> = {
  data: [],
  ping: [['tunnel', 4, decimal]],
  'signed-ping': [
    ['tunnel', 4, decimal],
    ['sequence', 8, numberText],
    ['signature', 8, numberText],
  ],
};

function readGue(frame: Uint8Array, udpAt: number): Read | undefined {
  const at = udpAt + udpBytes;
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength);
  const keysAt: number[] = [];
  const seen = seenHeader({ bytes: frame, view, keysAt }, at, view.getUint16(udpAt + 4) - udpBytes);
  // A header of no kind that we know, with a key in it.
  if (!seen) return keysAt.length ? { layers: [layerAt(frame, 'gue', at, keyed)], inside: undefined } : undefined;
  const { gue, packetAt } = seen;
  const layers = [layerAt(frame, 'gue', at, gue.header === 'short' ? short : [...keyed, ...behindKey[gue.kind]])];
  if (packetAt === undefined) return { layers, inside: undefined };
  const type = view.getUint32(at) === gueWords.data ? etherTypes.ipv4 : etherTypes.ipv6;
  return { layers, inside: { at: packetAt, type } };
}

function readIcmp(frame: Uint8Array, at: number, family: Family): Read {
  const [type = 0, code = 0] = frame.subarray(at);
  const { echoRequest, echoReply } = icmpTypes[family];
  const isEcho = type === echoRequest || type === echoReply;
  const name = type === echoRequest ? ' echo request' : type === echoReply ? ' echo reply' : '';
  const layers = [
    layerAt(frame, family === 4 ? 'icmp' : 'icmpv6', at, [
      ['type, code', 2, () => `${type}/${code}${name}`],
      ['checksum', 2, numberText],
      ...(isEcho ? echoFields : errorFields(type === tooBigErrors[family].type && code === tooBigErrors[family].code)),
    ]),
  ];
  const isError = !isEcho && Object.values<number>(icmpTypes[family]).includes(type);
  if (!isError) return { layers: [...layers, payloadAt(frame, at + icmpBytes)], inside: undefined };
  return { layers, inside: { at: at + icmpBytes, type: family === 4 ? etherTypes.ipv4 : etherTypes.ipv6 } };
}

const echoFields: readonly FieldSpec[] = [
  ['identifier', 2, decimal],
  ['sequence', 2, decimal],
];

function errorFields(isTooBig: boolean): readonly FieldSpec[] {
  return [['rest', 4, (bytes) => (isTooBig ? `mtu ${decimal(bytes)}` : numberText(bytes))]];
}
