// Node, ingress: requests come out of a tunnel and go on to the endpoint in place of the proxy.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { unspecifiedIp } from '../../../src/net/ip.ts';
import { gueData, guePing } from '../../../src/packet/gue.ts';
import { packetOf } from '../../../src/packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../../../src/packet/transport.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { zeroSum } from './families.ts';
import type { PacketRecord } from './record.ts';
import {
  both,
  bytes,
  client,
  endpoint,
  gateway,
  node,
  nodeRows,
  otherGateway,
  otherTunnelCounter,
  proxy,
  servedBy,
  server,
  service,
  serviceCounter,
  stranger,
  through,
  tunnelCounter,
  twoGatewayRows,
  udpNodeRows,
  verifyRow,
} from './scene.ts';

const { tcp } = protocolNumbers;
const toProxy = { source: client, destination: proxy };
const toServer = { source: client, destination: server };
const request = buildTcp(toProxy);
const translated = buildTcp(toServer);
const tunnelled = through(gateway, node, request);
const datagram = (payload: Uint8Array): Uint8Array =>
  buildUdp({ source: gateway, destination: node, payload, checksum: 'none' });
const carrying = (frame: Uint8Array): Uint8Array => datagram(gueData(service, packetOf(frame)));

type Rest = Partial<PacketRecord>;
const ingress = (name: string, packet: Uint8Array, verdict: PacketRecord['verdict'], rest: Rest): PacketRecord => ({
  name,
  role: 'node',
  hook: 'ingress',
  packet,
  rows: nodeRows(),
  verdict,
  counted: both,
  ...rest,
});
const received = (name: string, packet: Uint8Array, out: Uint8Array, rest: Rest = {}): PacketRecord =>
  ingress(name, packet, 'decapsulated', { out, ...rest });

const flow = (tunnel: number) => [
  { endpoint: '1.1.1.1:4000', client: '10.0.0.9:40000', tunnel, group: 2, service: 1, protocol: tcp },
];
const unserved = {
  verify: [
    verifyRow({ endpointIp: unspecifiedIp, endpointPort: 0, tunnels: [100, 200, 0, 0], flags: serviceFlags.flow }),
  ],
};
const viaOther = [serviceCounter, otherTunnelCounter];

const besideOther = endpoint('172.1.0.5:50123');

export const nodeIngress: readonly PacketRecord[] = [
  received('a TCP request comes out of its tunnel and goes on to the endpoint', tunnelled, translated),
  received(
    'a segment of a flow comes out of its tunnel and goes on to the endpoint',
    through(gateway, node, buildTcp({ ...toProxy, flags: tcpFlags.ack, payload: bytes(64) })),
    buildTcp({ ...toServer, flags: tcpFlags.ack, payload: bytes(64) }),
  ),
  received(
    'a UDP request comes out of its tunnel and goes on to the endpoint',
    udpRequest({ payload: bytes(31) }),
    udpToServer({ payload: bytes(31) }),
    {
      rows: udpNodeRows(),
    },
  ),
  received(
    'a UDP request without checksum stays without',
    udpRequest({ checksum: 'none' }),
    udpToServer({ checksum: 'none' }),
    {
      rows: udpNodeRows(),
    },
  ),
  received(
    'a UDP checksum that becomes zero is written as ffff',
    udpRequest({ payload: zeroSum(client, server) }),
    udpToServer({ payload: zeroSum(client, server) }),
    {
      rows: udpNodeRows(),
    },
  ),
  received(
    'a large segment keeps its checksum right',
    through(gateway, node, buildTcp({ ...toProxy, flags: tcpFlags.ack, payload: bytes(1399), fragment: 0 }), { id: 9 }),
    buildTcp({ ...toServer, flags: tcpFlags.ack, payload: bytes(1399), fragment: 0 }),
  ),
  received('an endpoint that is the proxy needs no translation', tunnelled, request, {
    rows: nodeRows(servedBy(proxy)),
  }),
  received(
    'an endpoint may differ by its port alone',
    tunnelled,
    buildTcp({ ...toProxy, destination: endpoint('5.5.5.5:80') }),
    {
      rows: nodeRows(servedBy(endpoint('5.5.5.5:80'))),
    },
  ),
  received(
    'an endpoint may differ by its address alone',
    tunnelled,
    buildTcp({ ...toProxy, destination: endpoint('1.1.1.1:3100') }),
    {
      rows: nodeRows(servedBy(endpoint('1.1.1.1:3100'))),
    },
  ),
  received(
    'congestion met on the way reaches the translated packet',
    through(gateway, node, buildTcp({ ...toProxy, tos: 1 }), { tos: 3 }),
    buildTcp({ ...toServer, tos: 3 }),
  ),
  received('one tunnel leaves no FLOW row', tunnelled, translated, { flows: [] }),
  received('of two tunnels, the one whose far end sent it is remembered', tunnelled, translated, {
    rows: twoGatewayRows(),
    flows: flow(100),
  }),
  received('the second gateway is remembered as well', through(otherGateway, node, request), translated, {
    rows: twoGatewayRows(),
    flows: flow(200),
    counted: viaOther,
  }),
  received('so is one whose port is the hash of a flow', through(besideOther, node, request), translated, {
    rows: twoGatewayRows(),
    flows: flow(200),
    counted: viaOther,
  }),
  received('a flow that comes another way is remembered anew', through(otherGateway, node, request), translated, {
    rows: twoGatewayRows(),
    before: [{ hook: 'ingress', packet: tunnelled, verdict: 'decapsulated' }],
    flows: flow(200),
    counted: viaOther,
  }),
  received("a sender that is no tunnel's far end counts for the first", through(stranger, node, request), translated, {
    rows: twoGatewayRows(),
    flows: flow(100),
    counted: [serviceCounter, tunnelCounter],
  }),

  ingress('a service without endpoint delivers nothing', tunnelled, 'no-nat', { rows: nodeRows(unserved) }),
  ingress('what is refused leaves no FLOW row', tunnelled, 'no-nat', { rows: twoGatewayRows(unserved), flows: [] }),
  ingress(
    'a key opens no other address',
    carrying(buildTcp({ ...toProxy, destination: server })),
    'wrong-endpoint',
    {},
  ),
  ingress(
    'a key opens no other port',
    carrying(buildTcp({ ...toProxy, destination: endpoint('5.5.5.5:22') })),
    'wrong-endpoint',
    {},
  ),
  ingress('a key opens no other protocol', carrying(buildUdp(toProxy)), 'wrong-endpoint', {}),
  ingress(
    "a reply cannot be sent in a node's direction",
    carrying(buildTcp({ source: proxy, destination: client })),
    'wrong-endpoint',
    {},
  ),
  ingress(
    'a wrong endpoint is told before a missing one',
    carrying(buildTcp({ ...toProxy, destination: server })),
    'wrong-endpoint',
    {
      rows: nodeRows(unserved),
    },
  ),
  ingress('a node takes no pings', datagram(guePing(service, 100)), 'ping-refused', { counted: [] }),
  ingress(
    'a ping of another length is a bad header on a node too',
    datagram(guePing(service, 100).slice(0, 27)),
    'bad-header',
    {
      counted: [],
    },
  ),
  ingress('an unknown service is refused', tunnelled, 'unknown-service', {
    rows: nodeRows({ verify: [] }),
    counted: [],
  }),
  ingress("a client's own packet is not ours", request, 'pass-not-ours', { counted: [] }),
];

function udpRequest(change: Partial<Parameters<typeof buildUdp>[0]>): Uint8Array {
  return through(gateway, node, buildUdp({ ...toProxy, ...change }));
}

function udpToServer(change: Partial<Parameters<typeof buildUdp>[0]>): Uint8Array {
  return buildUdp({ ...toServer, ...change });
}
