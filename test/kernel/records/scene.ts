// The scene that all records share: one client, one service, a gateway and a node, and the rows that each of them has.

import { type Endpoint, parseEndpoint, protocolNumbers } from '../../../src/net/endpoint.ts';
import { unspecifiedIp } from '../../../src/net/ip.ts';
import { type GueHeader, gueData } from '../../../src/packet/gue.ts';
import { buildTooBig, icmpBytes, icmpChecksumOffset } from '../../../src/packet/icmp.ts';
import type { IpFields } from '../../../src/packet/ip.ts';
import { fragmentBits, ipv4Bytes, type MacFields, packetOf } from '../../../src/packet/ipv4.ts';
import { ipv6Bytes } from '../../../src/packet/ipv6.ts';
import { readFrame } from '../../../src/packet/read.ts';
import { buildUdp, tcpBytes, udpBytes } from '../../../src/packet/transport.ts';
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

export function encapRow(
  protocol: number,
  change: Partial<EncapValue> = {},
  to: Endpoint = proxy,
): Row<EncapKey, EncapValue> {
  return {
    key: { ip: to.ip, ifindex: 0, port: to.port, protocol },
    value: { key, tunnel: tunnelId, counter: serviceCounter, group: 2, service: 1, ...change },
  };
}

/** That the proxy's address is a managed one; of ICMP, that echo requests to it are answered. */
export function addressRow(protocol: number, ip = proxy.ip): Row<EncapKey, EncapValue> {
  const nobody = { key: new Uint8Array(16), tunnel: 0, counter: 0, group: 0, service: 0 };
  return { key: { ip, ifindex: 0, port: 0, protocol }, value: nobody };
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

const whose = { group: 2, service: 1, flags: 0 };

/** Whose replies those of the endpoint are. */
export function natRows(protocol: number, to: Endpoint = server, from: Endpoint = proxy): Row<NatKey, NatValue>[] {
  return [{ key: { ...to, protocol, direction: natDirections.out }, value: { ...from, ...whose } }];
}

/** Whose requests those to the proxy are, where the header does not say it. */
export function natInRow(protocol: number, to: Endpoint = server, from: Endpoint = proxy): Row<NatKey, NatValue> {
  return { key: { ...from, protocol, direction: natDirections.in }, value: { ...to, ...whose } };
}

/** A node's TCP service whose endpoint is this one. */
export function servedBy({ ip, port }: Endpoint): RowSet {
  return { verify: [verifyRow({ endpointIp: ip, endpointPort: port })], nat: natRows(tcp, { ip, port }) };
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

/** Where GUE is accepted. */
export const accepting = (...locals: Endpoint[]): NonNullable<RowSet['decap']> =>
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

/** What a tunnel makes of a frame: TOS and DF as in the packet, DF over IPv6, TTL 64, no UDP checksum. */
export function through(
  source: Endpoint,
  destination: Endpoint,
  frame: Uint8Array,
  change: IpFields = {},
  header: GueHeader = service,
): Uint8Array {
  const inner = readFrame(frame);
  return buildUdp({
    source,
    destination,
    tos: inner?.tos ?? 0,
    fragment: inner?.family === 6 ? fragmentBits.dontFragment : (inner?.fragment ?? 0) & fragmentBits.dontFragment,
    destinationMac: frame.subarray(0, 6),
    sourceMac: frame.subarray(6, 12),
    payload: gueData(header, packetOf(frame)),
    checksum: 'none',
    ...change,
  });
}

interface AnswerFields {
  readonly from: Endpoint;
  readonly to: Endpoint;
  /** Bytes of the longest packet that fits. */
  readonly fits: number;
  readonly macs?: MacFields;
  /** Of the ICMP part, when it is not that of the bytes. */
  readonly sum?: number;
}

/** The answer of a router (RFC 1191, RFC 4443), with 8 bytes of UDP, or of what is behind a fragment header, or 20 of TCP quoted. */
export function tooBigAnswer(frame: Uint8Array, { from, to, fits, macs, sum }: AnswerFields): Uint8Array {
  const packet = readFrame(frame);
  if (!packet) throw new Error('not IP');
  const isWhole = packet.headerBytes === (packet.family === 4 ? ipv4Bytes : ipv6Bytes);
  const quoted = packetOf(frame).subarray(
    0,
    packet.headerBytes + (packet.protocol === tcp && isWhole ? tcpBytes : udpBytes),
  );
  const fields = packet.family === 4 ? { mtuBytes: fits, tos: 0xc0 } : { mtuBytes: Math.max(fits, 1280) };
  const answer = buildTooBig({ source: from.ip, destination: to.ip, quoted, ...fields, ...macs });
  const sumAt = answer.length - quoted.length - icmpBytes + icmpChecksumOffset;
  if (sum !== undefined) new DataView(answer.buffer).setUint16(sumAt, sum);
  return answer;
}

/** A copy with one byte (offset from the Ethernet header) replaced. Checksums are left as they were. */
export function mutated(frame: Uint8Array, at: number, byte: number): Uint8Array {
  const copy = frame.slice();
  copy[at] = byte;
  return copy;
}

/** A copy with so many zero bytes behind it. */
export function padded(frame: Uint8Array, extra: number): Uint8Array {
  const copy = new Uint8Array(frame.length + extra);
  copy.set(frame);
  return copy;
}

/** So many bytes, no two neighbours equal. */
export function bytes(count: number): Uint8Array {
  return Uint8Array.from({ length: count }, (_, i) => i & 0xff);
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
