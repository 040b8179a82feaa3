// The scene that all records share: one client, one service, a gateway and a node, and the rows that each of them has.

import { type Endpoint, parseEndpoint, protocolNumbers } from '../../../src/net/endpoint.ts';
import { unspecifiedIp } from '../../../src/net/ip.ts';
import { checksum } from '../../../src/packet/checksum.ts';
import { type GueHeader, gueData } from '../../../src/packet/gue.ts';
import { buildIpv4, type Ipv4Fields, packetOf } from '../../../src/packet/ipv4.ts';
import { readFrame } from '../../../src/packet/read.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import type { EncapKey, EncapValue } from '../../../src/tables/encap.ts';
import type { PeerKey, PeerValue } from '../../../src/tables/learned.ts';
import { type NatKey, type NatValue, natDirections } from '../../../src/tables/nat.ts';
import { type TunnelKey, type TunnelValue, tunnelFlags } from '../../../src/tables/tunnel.ts';
import { serviceFlags, type VerifyKey, type VerifyValue } from '../../../src/tables/verify.ts';
import { plainPeerRow, plainTunnelRow, plainVerifyRow } from '../../support/rows.ts';
import type { Row, RowSet } from './record.ts';

export function endpoint(text: string): Endpoint {
  const parsed = parseEndpoint(text);
  if (typeof parsed === 'string') throw new Error(`${text}: ${parsed}`);
  return parsed;
}

/** The gateway's and the node's ends of the tunnel, and a second gateway. */
export const gateway = endpoint('172.1.0.4:6080');
export const node = endpoint('172.1.0.3:6080');
export const otherGateway = endpoint('172.1.0.5:6080');
export const client = endpoint('10.0.0.9:40000');
export const proxy = endpoint('5.5.5.5:3100');
export const server = endpoint('1.1.1.1:4000');
export const stranger = endpoint('198.51.100.7:1234');

export const key = new TextEncoder().encode('Pa55w0rd1234567\0');
export const service: GueHeader = { group: 2, service: 1, key };
export const tunnelId = 100;
export const epoch = 7n;

/** Where each thing's four counters start. */
export const serviceCounter = 128;
export const tunnelCounter = 132;
export const otherTunnelCounter = 136;
/** Both of the above: most packets are counted under service and tunnel. */
export const both = [serviceCounter, tunnelCounter];

const { tcp, udp } = protocolNumbers;

export function tunnelRow(
  id: number,
  local: Endpoint,
  remote: Endpoint | 'learned',
  change: Partial<TunnelValue> = {},
): Row<TunnelKey, TunnelValue> {
  const learned = remote === 'learned';
  const value: TunnelValue = {
    epoch,
    localIp: local.ip,
    remoteIp: learned ? unspecifiedIp : remote.ip,
    localPort: local.port,
    remotePort: learned ? 0 : remote.port,
    counter: tunnelCounter,
    remoteId: id,
    pingIntervalMs: 0,
    flags: learned ? tunnelFlags.learned : 0,
    mtu: 1600,
    ...plainTunnelRow,
    ...change,
  };
  return { key: { id }, value };
}

export function encapRow(protocol: number, change: Partial<EncapValue> = {}): Row<EncapKey, EncapValue> {
  return {
    key: { ip: proxy.ip, ifindex: 0, port: proxy.port, protocol },
    value: { key, tunnel: tunnelId, counter: serviceCounter, group: 2, service: 1, ...change },
  };
}

/** That the proxy's address is a managed one. */
export function addressRow(protocol: number): Row<EncapKey, EncapValue> {
  const nobody = { key: new Uint8Array(16), tunnel: 0, counter: 0, group: 0, service: 0 };
  return { key: { ip: proxy.ip, ifindex: 0, port: 0, protocol }, value: nobody };
}

export function verifyRow(change: Partial<VerifyValue> = {}, id = 1): Row<VerifyKey, VerifyValue> {
  const value: VerifyValue = {
    key,
    ...plainVerifyRow,
    proxyIp: proxy.ip,
    endpointIp: server.ip,
    tunnels: [tunnelId, 0, 0, 0],
    counter: serviceCounter,
    proxyPort: proxy.port,
    endpointPort: server.port,
    protocol: tcp,
    flags: 0,
    ...change,
  };
  return { key: { group: 2, service: id }, value };
}

export function natRows(protocol: number, to: Endpoint = server): readonly Row<NatKey, NatValue>[] {
  const whose = { group: 2, service: 1, flags: 0 };
  return [
    { key: { ...proxy, protocol, direction: natDirections.in }, value: { ...to, ...whose } },
    { key: { ...to, protocol, direction: natDirections.out }, value: { ...proxy, ...whose } },
  ];
}

export function peerRow(remote: Endpoint, change: Partial<PeerValue> = {}, tunnel = tunnelId): Row<PeerKey, PeerValue> {
  const value: PeerValue = {
    lock: 0,
    version: 8,
    epoch,
    lastSeenNs: 1n,
    remoteIp: remote.ip,
    moves: 3,
    ...plainPeerRow,
    remotePort: remote.port,
    ...change,
  };
  return { key: { tunnel }, value };
}

const accepting = (...locals: Endpoint[]): NonNullable<RowSet['decap']> =>
  locals.map((local) => ({ key: local, value: { tunnels: 1 } }));

/** A gateway with the service over a tunnel to the node. */
export function gatewayRows(change: RowSet = {}): RowSet {
  return {
    tunnel: [tunnelRow(tunnelId, gateway, node)],
    encap: [encapRow(tcp), addressRow(tcp)],
    decap: accepting(gateway),
    verify: [verifyRow()],
    ...change,
  };
}

/** The same, with a tunnel whose far end is learned. */
export function learningRows(change: RowSet = {}): RowSet {
  return gatewayRows({ tunnel: [tunnelRow(tunnelId, gateway, 'learned')], ...change });
}

/** The same, with a UDP service. */
export function udpGatewayRows(): RowSet {
  return gatewayRows({ encap: [encapRow(udp), addressRow(udp)], verify: [verifyRow({ protocol: udp })] });
}

/** A node that serves it. */
export function nodeRows(change: RowSet = {}): RowSet {
  return {
    tunnel: [tunnelRow(tunnelId, node, gateway)],
    decap: accepting(node),
    verify: [verifyRow()],
    nat: natRows(tcp),
    ...change,
  };
}

export function udpNodeRows(change: RowSet = {}): RowSet {
  return nodeRows({ verify: [verifyRow({ protocol: udp })], nat: natRows(udp), ...change });
}

/** A node that serves it through two gateways. */
export function twoGatewayRows(change: RowSet = {}): RowSet {
  return nodeRows({
    tunnel: [tunnelRow(tunnelId, node, gateway), tunnelRow(200, node, otherGateway, { counter: otherTunnelCounter })],
    verify: [verifyRow({ tunnels: [tunnelId, 200, 0, 0], flags: serviceFlags.flow })],
    ...change,
  });
}

/** What a tunnel makes of a frame: TOS and DF as in the packet, TTL 64, no UDP checksum. */
export function through(
  source: Endpoint,
  destination: Endpoint,
  frame: Uint8Array,
  change: Ipv4Fields = {},
): Uint8Array {
  const inner = readFrame(frame);
  return buildUdp({
    source,
    destination,
    tos: inner?.tos ?? 0,
    fragment: (inner?.fragment ?? 0) & 0x4000,
    destinationMac: frame.subarray(0, 6),
    sourceMac: frame.subarray(6, 12),
    payload: gueData(service, packetOf(frame)),
    checksum: 'none',
    ...change,
  });
}

interface AnswerFields {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Bytes of the longest packet that fits. */
  readonly fits: number;
  readonly macs?: Pick<Ipv4Fields, 'destinationMac' | 'sourceMac'>;
  /** Of the ICMP part, when it is not that of the bytes. */
  readonly sum?: number;
}

/** Fragmentation needed (RFC 1191), with 8 bytes of UDP or 20 of TCP quoted. */
export function tooBigAnswer(frame: Uint8Array, { from, to, fits, macs, sum }: AnswerFields): Uint8Array {
  const quoted = packetOf(frame).subarray(0, frame[23] === tcp ? 40 : 28);
  const payload = Uint8Array.of(3, 4, 0, 0, 0, 0, fits >> 8, fits & 255, ...quoted);
  new DataView(payload.buffer).setUint16(2, sum ?? checksum(payload));
  return buildIpv4({ source: from.ip, destination: to.ip, protocol: 1, tos: 0xc0, payload, ...macs });
}

/** A copy with one byte (offset from the Ethernet header) replaced. Checksums are left as they were. */
export function mutated(frame: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = frame.slice();
  copy[at] = byte;
  return copy;
}

/** Where things lie in a frame. */
export const at = {
  ip: 14,
  ipLength: 16,
  /** After an outer IPv4 header without options. */
  udpLength: 38,
  gue: 42,
  group: 46,
  service: 48,
  key: 50,
  inner: 66,
  innerLength: 68,
} as const;
