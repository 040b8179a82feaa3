// Gateway, ingress: data from a node is checked to the last field and only then decapsulated.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { gueData, guePing, gueThen, gueWords } from '../../../src/packet/gue.ts';
import { buildIpv4, fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../../../src/packet/transport.ts';
import type { PacketRecord } from './record.ts';
import {
  at,
  both,
  bytes,
  client,
  encapRow,
  endpoint,
  gateway,
  gatewayRows,
  key,
  learningRows,
  mutated,
  node,
  otherGateway,
  padded,
  proxy,
  server,
  service,
  serviceCounter,
  stranger,
  through,
  tunnelId,
  tunnelRow,
  udpGatewayRows,
  verifyRow,
} from './scene.ts';

const { tcp, udp } = protocolNumbers;
const fromProxy = { source: proxy, destination: client };
const reply = buildTcp({ ...fromProxy, flags: tcpFlags.syn | tcpFlags.ack });
const tunnelled = through(node, gateway, reply);
const segment = buildTcp({ ...fromProxy, flags: tcpFlags.ack, payload: Uint8Array.from({ length: 64 }, (_, i) => i) });
const pair = { source: proxy.ip, destination: client.ip };
const noOperation = Uint8Array.of(1, 1, 1, 0);
/** A datagram from the node to our end of the tunnel. */
const datagram = (payload: Uint8Array): Uint8Array =>
  buildUdp({ source: node, destination: gateway, payload, checksum: 'none' });
const carrying = (frame: Uint8Array): Uint8Array => datagram(gueData(service, packetOf(frame)));

type Rest = Partial<PacketRecord>;
const ingress = (name: string, packet: Uint8Array, verdict: PacketRecord['verdict'], rest: Rest): PacketRecord => ({
  name,
  role: 'gateway',
  hook: 'ingress',
  packet,
  rows: gatewayRows(),
  verdict,
  counted: [],
  ...rest,
});
const received = (name: string, packet: Uint8Array, out: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, 'decapsulated', { out, counted: both, ...rest });
const passed = (name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, 'pass-not-ours', rest);
/** Refused by the outer headers: nobody's, since group and service are not believed yet. */
const unread = (verdict: PacketRecord['verdict'], name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, verdict, rest);
/** Refused by the key. */
const unproved = (verdict: PacketRecord['verdict'], name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, verdict, { counted: [serviceCounter], ...rest });
/** Refused by what is inside. */
const unfit = (verdict: PacketRecord['verdict'], name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, verdict, { counted: both, ...rest });

const withOptions = buildTcp({ ...fromProxy, options: noOperation });
const udpReply = buildUdp({ ...fromProxy, payload: bytes(21) });
const first = { source: node, destination: gateway, id: 5, fragment: fragmentBits.moreFragments, payload: bytes(64) };
const later = { source: node.ip, destination: gateway.ip, protocol: udp, id: 5, fragment: 9, payload: bytes(64) };
/** A second local endpoint, which is no tunnel of the service. */
const twoEnds = gatewayRows({ decap: [gateway, otherGateway].map((one) => ({ key: one, value: { tunnels: 1 } })) });

export const gatewayIngress: readonly PacketRecord[] = [
  received('TCP from the proxy endpoint comes out of its tunnel', tunnelled, reply),
  received('a segment of a flow comes out of its tunnel', through(node, gateway, segment), segment),
  received('UDP from the proxy endpoint comes out of its tunnel', through(node, gateway, udpReply), udpReply, {
    rows: udpGatewayRows(),
  }),
  received('IP options inside come out of the tunnel', carrying(withOptions), withOptions),
  received('a sender whose address has moved is believed by its key', through(stranger, gateway, reply), reply),
  received('a tunnel that has learned nothing yet receives by the key', tunnelled, reply, { rows: learningRows() }),
  received('padding of the Ethernet frame stays behind the packet', padded(tunnelled, 3), padded(reply, 3)),
  received(
    'an outer UDP checksum is no hindrance',
    through(node, gateway, reply, { ttl: 3, ...{ checksum: 'right' } }),
    reply,
  ),
  received(
    'congestion met on the way reaches the inner packet',
    through(node, gateway, buildTcp({ ...fromProxy, tos: 2 }), { tos: 3 }),
    buildTcp({ ...fromProxy, tos: 3 }),
  ),
  received(
    'a packet that may carry the other mark gets it as the way has changed it',
    through(node, gateway, buildTcp({ ...fromProxy, tos: 2 }), { tos: 1 }),
    buildTcp({ ...fromProxy, tos: 1 }),
  ),
  unfit(
    'congested',
    'a packet whose sender does not know of congestion marks is dropped when it is marked',
    through(node, gateway, buildTcp({ ...fromProxy, tos: 0xb8 }), { tos: 0xbb }),
  ),
  received(
    'a TOS that the way has changed does not reach the inner packet',
    through(node, gateway, reply, { tos: 0xb8 }),
    reply,
  ),

  unread('bad-version', 'version 1 is refused', mutated(tunnelled, at.gue, 0x45)),
  unread('bad-version', 'version 2 is refused', mutated(tunnelled, at.gue, 0x85)),
  unread('bad-version', 'version 3 is refused before lengths are looked at', datagram(Uint8Array.of(0xc5, 4, 0xa0, 0))),
  unread('bad-header', 'a datagram without payload is refused', datagram(bytes(0))),
  unread('bad-header', 'three bytes are no GUE header', datagram(Uint8Array.of(5, 4, 0xa0))),
  unread('bad-header', 'a header that ends before its key is refused', tunnelOf(23)),
  unread('bad-header', 'the short header is refused', datagram(Uint8Array.of(5, 4, 0xa0, 0, 0, 0, 0, 100))),
  unread('bad-header', 'a header without key is refused', mutated(tunnelled, at.gue + 2, 0x80)),
  unread('bad-header', 'a header without group is refused', mutated(tunnelled, at.gue + 2, 0x20)),
  unread('bad-header', 'a flag that we do not know is refused', mutated(tunnelled, at.gue + 3, 1)),
  unread('bad-header', 'a header length that does not fit the flags is refused', mutated(tunnelled, at.gue, 0x06)),
  unread('bad-header', 'a control message other than the ping is refused', mutated(tunnelled, at.gue, 0x25)),
  unread('bad-header', 'a UDP length below the truth is refused', mutated(tunnelled, at.udpLength + 1, 71)),
  unread('bad-header', 'a UDP length above the truth is refused', mutated(tunnelled, at.udpLength + 1, 73)),
  unread('bad-header', 'an IP length beyond the frame is refused', mutated(tunnelled, at.ipLength, 1)),
  unread('bad-header', 'an IP length without room for UDP is refused', mutated(tunnelled, at.ipLength + 1, 24)),
  unread('fragment', 'a first fragment to a tunnel endpoint is refused', buildUdp(first)),
  unread('fragment', 'a later fragment goes the way of its first', buildIpv4(later), {
    before: [{ hook: 'ingress', packet: buildUdp(first), verdict: 'fragment' }],
  }),
  unread(
    'options',
    'IP options in the outer header are refused',
    through(node, gateway, reply, { options: noOperation }),
  ),

  unread('unknown-service', 'another group is unknown', mutated(tunnelled, at.group + 1, 3)),
  unread('unknown-service', 'another service is unknown', mutated(tunnelled, at.service + 1, 2)),
  unread(
    'unknown-service',
    'an unknown service is told before what is inside',
    mutated(mutated(tunnelled, at.service, 1), at.inner, 0),
  ),
  ...[0, 7, 8, 15].map((byte) =>
    unproved('bad-key', `a key that is wrong in byte ${byte} is refused`, mutated(tunnelled, at.key + byte, 0x7f)),
  ),
  unproved(
    'bad-key',
    'a key of zeros is refused',
    datagram(gueData({ ...service, key: new Uint8Array(16) }, packetOf(reply))),
  ),
  unproved(
    'bad-key',
    "another service's key is refused",
    datagram(gueData({ ...service, service: 9 }, packetOf(reply))),
    {
      rows: gatewayRows({ verify: [verifyRow(), verifyRow({ key: key.map((byte) => byte ^ 1) }, 9)] }),
    },
  ),
  unproved(
    'bad-key',
    'a wrong key is told before a wrong tunnel and what is inside',
    mutated(mutated(through(node, otherGateway, reply), at.key, 0), at.inner, 0),
    {
      rows: twoEnds,
    },
  ),
  unproved(
    'wrong-tunnel',
    'a service may come only to an endpoint of its tunnels',
    through(node, otherGateway, reply),
    {
      rows: twoEnds,
    },
  ),
  unproved('wrong-tunnel', 'a service whose tunnel is gone is refused', tunnelled, {
    rows: gatewayRows({ tunnel: [] }),
  }),
  unproved('wrong-tunnel', 'a tunnel that shares the address but not the port is another', tunnelled, {
    rows: gatewayRows({ tunnel: [tunnelRow(tunnelId, endpoint('172.1.0.4:6081'), node)] }),
  }),
  unproved(
    'wrong-tunnel',
    'a wrong tunnel is told before what is inside',
    mutated(through(node, otherGateway, reply), at.inner, 0),
    {
      rows: twoEnds,
    },
  ),

  unfit('bad-inner', 'an inner packet of version 6 is refused', mutated(tunnelled, at.inner, 0x65)),
  unfit('bad-inner', 'inner IPv6 is refused where no address is IPv6', mutated(tunnelled, at.gue + 1, 41)),
  unfit('bad-inner', 'an inner header length below the least is refused', mutated(tunnelled, at.inner, 0x44)),
  unfit('bad-inner', 'an inner length beyond the datagram is refused', mutated(tunnelled, at.innerLength + 1, 41)),
  unfit('bad-inner', 'bytes behind the inner packet are refused', mutated(tunnelled, at.innerLength + 1, 39)),
  unfit('bad-inner', 'GUE without an inner packet is refused', datagram(gueThen(gueWords.data, service, bytes(0)))),
  unfit(
    'bad-inner',
    'an inner IP header alone is refused',
    carrying(buildIpv4({ ...pair, protocol: tcp, payload: bytes(0) })),
  ),
  unfit('bad-inner', 'an inner TCP header cut short is refused', carrying(shortReply(19))),
  unfit(
    'bad-inner',
    'a malformed inner packet is told before a wrong endpoint',
    mutated(carrying(buildTcp({ ...fromProxy, source: server })), at.inner, 0x65),
  ),
  unfit(
    'wrong-endpoint',
    'a key opens no other address',
    carrying(buildTcp({ ...fromProxy, source: endpoint('5.5.5.6:3100') })),
  ),
  unfit(
    'wrong-endpoint',
    'a key opens no other port',
    carrying(buildTcp({ ...fromProxy, source: endpoint('5.5.5.5:3101') })),
  ),
  unfit('wrong-endpoint', 'a key opens no other protocol', carrying(buildUdp(fromProxy))),
  unfit(
    'wrong-endpoint',
    'ICMP that is about nothing of the service is refused',
    carrying(buildIpv4({ ...pair, protocol: 1, payload: bytes(64) })),
  ),
  unfit(
    'wrong-endpoint',
    'a request cannot be sent back through a gateway',
    carrying(buildTcp({ source: client, destination: proxy })),
  ),

  passed('UDP to another host is not ours', buildUdp({ source: node, destination: server, payload: bytes(64) })),
  passed('GUE to another host is not ours', through(node, server, reply)),
  passed('GUE with a wrong key to another host is not ours', mutated(through(node, server, reply), at.key, 0)),
  passed('GUE of an unknown service to another host is not ours', mutated(through(node, server, reply), at.group, 9)),
  passed('GUE with IP options to another host is not ours', through(node, server, reply, { options: noOperation })),
  passed(
    'a ping to another host is not ours',
    buildUdp({ source: node, destination: server, payload: guePing(service, 100) }),
  ),
  passed(
    'a later fragment of a datagram to another host is not ours',
    buildIpv4({ ...later, destination: server.ip }),
    {
      before: [{ hook: 'ingress', packet: buildUdp({ ...first, destination: server }), verdict: 'pass-not-ours' }],
    },
  ),
  passed('GUE to another port is not ours', through(node, endpoint('172.1.0.4:6081'), reply)),
  passed('TCP to the tunnel endpoint is not ours', buildTcp({ source: node, destination: gateway })),
  passed(
    'ICMP to the tunnel address is not ours',
    buildIpv4({ source: node.ip, destination: gateway.ip, protocol: 1, payload: bytes(64) }),
  ),
  passed('a request of a client is not ours at ingress', buildTcp({ source: client, destination: proxy })),
  passed('a later fragment whose first was never seen is not ours', buildIpv4(later)),
  passed(
    'IP options do not make a datagram ours',
    buildUdp({ source: node, destination: server, options: noOperation }),
  ),
  passed('a host without tunnels touches nothing', tunnelled, { rows: { encap: [encapRow(tcp)] } }),
];

/** The first bytes of a data header as a whole datagram. */
function tunnelOf(length: number): Uint8Array {
  return datagram(gueData(service, packetOf(reply)).slice(0, length));
}

function shortReply(length: number): Uint8Array {
  return buildIpv4({ ...pair, protocol: tcp, payload: reply.slice(at.ip + 20, at.ip + 20 + length) });
}
