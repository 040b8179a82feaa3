// An independent model of the programs: PROTOCOL.md sections 1, 2 and 4 for IPv4, written from the text and not from the C.
// It stands for the programs in the memory datapath, and the kernel tests hold the programs to it. Knows packets and
// asks its tables by question; how a row is stored is not known here.
import { type Endpoint, type Port, sameEndpoint } from '../net/endpoint.ts';
import { type Ip, ipOctets } from '../net/ip.ts';

export interface ModelTunnel {
  readonly id: number;
  readonly epoch: bigint;
  readonly local: Endpoint;
  readonly remote: Endpoint | 'learned';
}

export interface ModelService {
  readonly group: number;
  readonly service: number;
  readonly key: Uint8Array;
  readonly protocol: number;
  readonly proxy: Endpoint;
  /** The first is the fallback. */
  readonly tunnels: readonly number[];
  readonly dso: boolean;
  /** Replies go back through the tunnel that carried the request. */
  readonly remembersFlow: boolean;
}

export interface FlowTuple {
  readonly protocol: number;
  readonly endpoint: Endpoint;
  readonly client: Endpoint;
}

/** The rows of one slot and the learned rows beside them, as questions. */
export interface ModelTables {
  readonly role: 'gateway' | 'node';
  /** Flags of a hook; undefined: the interface has no row. */
  flags(ifindex: number, direction: 'ingress' | 'egress'): number | undefined;
  tunnel(id: number): ModelTunnel | undefined;
  acceptsGue(local: Endpoint): boolean;
  service(group: number, service: number): ModelService | undefined;
  encap(
    protocol: number,
    proxy: Endpoint,
  ): (Pick<ModelService, 'group' | 'service' | 'key'> & { tunnel: number }) | undefined;
  natIn(protocol: number, proxy: Endpoint): Endpoint | undefined;
  natOut(protocol: number, endpoint: Endpoint): { readonly group: number; readonly service: number } | undefined;
  peer(tunnel: number): { readonly epoch: bigint; readonly remote: Endpoint } | undefined;
  learnPeer(tunnel: number, epoch: bigint, remote: Endpoint): void;
  flow(tuple: FlowTuple): number | undefined;
  learnFlow(tuple: FlowTuple, tunnel: number, service: ModelService): void;
}

export interface ModelPacket {
  readonly direction: 'ingress' | 'egress';
  readonly ifindex: number;
  readonly frame: Uint8Array;
}

export interface ModelAnswer {
  readonly action: number;
  readonly verdict: string;
  readonly frame: Uint8Array;
}

export const actions = { next: -1, ok: 0, shot: 2, redirect: 7 } as const;
const ethernetBytes = 14;
const ipBytes = 20;
const udpBytes = 8;
const gueBytes = 24;
const overheadBytes = ipBytes + udpBytes + gueBytes;
const udpProtocol = 17;
const tcpProtocol = 6;
const [dataWord, pingWord] = [0x0504a000, 0x2601a000];
const flagGue = 1;
const flagProxy = 1;
const flagFib = 16;

export function runModel(tables: ModelTables, packet: ModelPacket): ModelAnswer {
  const flags = tables.flags(packet.ifindex, packet.direction) ?? 0;
  const inner = readPacket(packet.frame, ethernetBytes);
  const pass = answer(actions.next, 'pass-not-ours', packet.frame);
  if (packet.frame[12] !== 0x08 || packet.frame[13] !== 0x00 || !inner) return pass;
  if (packet.direction === 'ingress') return flags & flagGue ? (receive(tables, packet.frame, inner) ?? pass) : pass;
  const sent =
    tables.role === 'gateway'
      ? flags & flagProxy
        ? forward(tables, packet.frame, inner)
        : undefined
      : reply(tables, packet.frame, inner);
  if (sent?.verdict === 'encapsulated' && flags & flagFib) return { ...sent, action: actions.redirect };
  return sent ?? pass;
}

interface Parsed {
  readonly headerBytes: number;
  readonly protocol: number;
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly fragment: boolean;
}

/** An IPv4 packet with TCP or UDP ports at `at`; undefined: not one. */
function readPacket(frame: Uint8Array, at: number): Parsed | undefined {
  const first = frame[at] ?? 0;
  const headerBytes = (first & 15) * 4;
  const ports = at + headerBytes;
  const protocol = frame[at + 9] ?? 0;
  if (first >> 4 !== 4 || headerBytes < ipBytes || frame.length < ports + udpBytes) return undefined;
  if (protocol !== udpProtocol && (protocol !== tcpProtocol || frame.length < ports + ipBytes)) return undefined;
  return {
    headerBytes,
    protocol,
    source: { ip: ipAt(frame, at + 12), port: be16(frame, ports) as Port },
    destination: { ip: ipAt(frame, at + 16), port: be16(frame, ports + 2) as Port },
    fragment: (be16(frame, at + 6) & 0x3fff) !== 0,
  };
}

/** Gateway, egress: what goes to a proxy endpoint leaves through its tunnel or not at all. */
function forward(tables: ModelTables, frame: Uint8Array, packet: Parsed): ModelAnswer | undefined {
  const row = tables.encap(packet.protocol, packet.destination);
  if (!row) return undefined;
  return refused(frame, packet) ?? encapsulate(tables, frame, row.tunnel, row);
}

/** Node, egress: what a service's endpoint sends gets the proxy's address, and the way back that its request came. */
function reply(tables: ModelTables, frame: Uint8Array, packet: Parsed): ModelAnswer | undefined {
  const owner = tables.natOut(packet.protocol, packet.source);
  if (!owner) return undefined;
  const service = tables.service(owner.group, owner.service);
  if (!service) return answer(actions.shot, 'unknown-service', frame);
  const no = refused(frame, packet);
  if (no) return no;
  const translated = translate(frame, packet, 12, service.proxy);
  if (service.dso) return answer(actions.next, 'returned-direct', translated);
  const tuple = { protocol: packet.protocol, endpoint: packet.source, client: packet.destination };
  const remembered = service.remembersFlow ? tables.flow(tuple) : undefined;
  const tunnel = service.tunnels.find((id) => id === remembered) ?? service.tunnels[0] ?? 0;
  return encapsulate(tables, translated, tunnel, service);
}

function refused(frame: Uint8Array, packet: Parsed): ModelAnswer | undefined {
  if (packet.fragment) return answer(actions.shot, 'fragment', frame);
  return packet.headerBytes > ipBytes ? answer(actions.shot, 'options', frame) : undefined;
}

function encapsulate(
  tables: ModelTables,
  frame: Uint8Array,
  tunnelId: number,
  service: Pick<ModelService, 'group' | 'service' | 'key'>,
): ModelAnswer {
  const tunnel = tables.tunnel(tunnelId);
  if (!tunnel) return answer(actions.shot, 'no-tunnel', frame);
  const remote = remoteOf(tables, tunnel);
  if (!remote) return answer(actions.shot, 'no-remote', frame);

  const outer = new Uint8Array(frame.length + overheadBytes);
  const view = new DataView(outer.buffer);
  outer.set(frame.subarray(0, ethernetBytes));
  outer.set(frame.subarray(ethernetBytes), ethernetBytes + overheadBytes);
  const innerBytes = frame.length - ethernetBytes;
  outer[14] = 0x45;
  outer[15] = frame[15] ?? 0;
  view.setUint16(16, innerBytes + overheadBytes);
  view.setUint16(20, be16(frame, 20) & 0x4000);
  outer[22] = 64;
  outer[23] = udpProtocol;
  outer.set(ipOctets(tunnel.local.ip), 26);
  outer.set(ipOctets(remote.ip), 30);
  view.setUint16(24, foldedSum(outer.subarray(14, 34)) ^ 0xffff);
  view.setUint16(34, tunnel.local.port);
  view.setUint16(36, remote.port);
  view.setUint16(38, innerBytes + udpBytes + gueBytes);
  view.setUint32(42, dataWord);
  view.setUint16(46, service.group);
  view.setUint16(48, service.service);
  outer.set(service.key, 50);
  return answer(actions.ok, 'encapsulated', outer);
}

function remoteOf(tables: ModelTables, tunnel: ModelTunnel): Endpoint | undefined {
  if (tunnel.remote !== 'learned') return tunnel.remote;
  const peer = tables.peer(tunnel.id);
  return peer?.epoch === tunnel.epoch ? peer.remote : undefined;
}

/** Both roles, ingress: GUE to one of our endpoints is checked to its end before anything is changed. */
function receive(tables: ModelTables, frame: Uint8Array, outer: Parsed): ModelAnswer | undefined {
  if (outer.protocol !== udpProtocol || !tables.acceptsGue(outer.destination)) return undefined;
  const no = (verdict: string): ModelAnswer => answer(actions.shot, verdict, frame);
  if (outer.fragment) return no('fragment');
  const gue = ethernetBytes + outer.headerBytes + udpBytes;
  if (frame.length < gue + gueBytes) return no('bad-header');
  const word = new DataView(frame.buffer, frame.byteOffset).getUint32(gue);
  if (word >>> 30) return no('bad-version');
  if (word !== dataWord && word !== pingWord) return no('bad-header');
  const service = tables.service(be16(frame, gue + 4), be16(frame, gue + 6));
  if (!service) return no('unknown-service');
  if (!service.key.every((byte, at) => byte === frame[gue + 8 + at])) return no('bad-key');
  if (word === pingWord) return ping(tables, frame, outer, gue, service);

  const arrival = arrivalTunnel(tables, outer, service);
  if (!arrival) return no('wrong-tunnel');
  const at = gue + gueBytes;
  const inner = readPacket(frame, at);
  if (!inner || be16(frame, at + 2) > frame.length - at) return no('bad-inner');
  if (inner.fragment) return no('fragment');
  if (inner.headerBytes > ipBytes) return no('options');
  const bound = tables.role === 'gateway' ? inner.source : inner.destination;
  if (inner.protocol !== service.protocol || !sameEndpoint(bound, service.proxy)) return no('wrong-endpoint');
  const plain = new Uint8Array(frame.length - (at - ethernetBytes));
  plain.set(frame.subarray(0, ethernetBytes));
  plain.set(frame.subarray(at), ethernetBytes);
  if (tables.role === 'gateway') return answer(actions.next, 'decapsulated', plain);

  const endpoint = tables.natIn(inner.protocol, inner.destination);
  if (!endpoint) return no('no-nat');
  if (service.remembersFlow)
    tables.learnFlow({ protocol: inner.protocol, endpoint, client: inner.source }, arrival.id, service);
  return answer(actions.next, 'decapsulated', translate(plain, inner, 16, endpoint));
}

/** The service's tunnel that both ends of the outer header name; else, since a NAT mapping may just have moved, one that ends here. */
function arrivalTunnel(tables: ModelTables, outer: Parsed, service: ModelService): ModelTunnel | undefined {
  const ending = service.tunnels
    .map((id) => tables.tunnel(id))
    .filter((tunnel) => tunnel !== undefined)
    .filter(({ local }) => sameEndpoint(local, outer.destination));
  return ending.find((tunnel) => isFrom(remoteOf(tables, tunnel), outer)) ?? ending[0];
}

function isFrom(remote: Endpoint | undefined, outer: Parsed): boolean {
  return remote !== undefined && sameEndpoint(remote, outer.source);
}

function ping(tables: ModelTables, frame: Uint8Array, outer: Parsed, gue: number, service: ModelService): ModelAnswer {
  const no = (verdict: string): ModelAnswer => answer(actions.shot, verdict, frame);
  if (frame.length < gue + gueBytes + 4) return no('bad-header');
  const id = new DataView(frame.buffer, frame.byteOffset).getUint32(gue + gueBytes);
  const tunnel = tables.tunnel(id);
  if (!service.tunnels.includes(id) || !tunnel || !sameEndpoint(tunnel.local, outer.destination))
    return no('wrong-tunnel');
  if (tunnel.remote !== 'learned') return no('ping-accepted');
  const known = remoteOf(tables, tunnel);
  tables.learnPeer(id, tunnel.epoch, outer.source);
  return no(known && !sameEndpoint(known, outer.source) ? 'ping-moved' : 'ping-accepted');
}

/** A copy with the address at `field` of the IP header (12: source, 16: destination) and its port replaced, checksums right. */
function translate(frame: Uint8Array, packet: Parsed, field: 12 | 16, to: Endpoint): Uint8Array {
  const out = frame.slice();
  const view = new DataView(out.buffer);
  const l4 = ethernetBytes + packet.headerBytes;
  const old = field === 12 ? packet.source : packet.destination;
  const changed = foldedSum(ipOctets(to.ip)) + (foldedSum(ipOctets(old.ip)) ^ 0xffff);
  const checksumAt = l4 + (packet.protocol === tcpProtocol ? 16 : 6);
  out.set(ipOctets(to.ip), ethernetBytes + field);
  view.setUint16(l4 + (field === 12 ? 0 : 2), to.port);
  view.setUint16(24, adjusted(view.getUint16(24), changed));
  const checksum = view.getUint16(checksumAt);
  if (packet.protocol === udpProtocol && checksum === 0) return out;
  const result = adjusted(checksum, changed + to.port + (old.port ^ 0xffff));
  view.setUint16(checksumAt, packet.protocol === udpProtocol && result === 0 ? 0xffff : result);
  return out;
}

/** RFC 1624, equation 3: HC' = ~(~HC + ~m + m'). */
function adjusted(checksum: number, change: number): number {
  return fold((checksum ^ 0xffff) + change) ^ 0xffff;
}

function foldedSum(bytes: Uint8Array): number {
  let sum = 0;
  for (let at = 0; at < bytes.length; at += 2) sum += be16(bytes, at);
  return fold(sum);
}

function fold(sum: number): number {
  let folded = sum;
  while (folded > 0xffff) folded = (folded & 0xffff) + (folded >>> 16);
  return folded;
}

function be16(bytes: Uint8Array, at: number): number {
  return ((bytes[at] ?? 0) << 8) | (bytes[at + 1] ?? 0);
}

function ipAt(bytes: Uint8Array, at: number): Ip {
  return bytes.subarray(at, at + 4).join('.') as Ip;
}

function answer(action: number, verdict: string, frame: Uint8Array): ModelAnswer {
  return { action, verdict, frame };
}
