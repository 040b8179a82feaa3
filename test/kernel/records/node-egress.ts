// Node, egress: what an endpoint replies leaves in the proxy's name, by tunnel or straight to the client.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { unspecifiedIp } from '../../../src/net/ip.ts';
import { guePing } from '../../../src/packet/gue.ts';
import { buildTcp, buildUdp, tcpFlags } from '../../../src/packet/transport.ts';
import type { FlowValue } from '../../../src/tables/learned.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  at,
  both,
  bytes,
  client,
  endpoint,
  gateway,
  mutated,
  natRows,
  node,
  nodeRows,
  otherGateway,
  otherTunnelCounter,
  proxy,
  servedBy,
  server,
  service,
  serviceCounter,
  through,
  tunnelId,
  tunnelRow,
  twoGatewayRows,
  udpNodeRows,
  verifyRow,
} from './scene.ts';

const { tcp, udp } = protocolNumbers;
const fromServer = { source: server, destination: client, flags: tcpFlags.syn | tcpFlags.ack };
const fromProxy = { ...fromServer, source: proxy };
const reply = buildTcp(fromServer);
const translated = buildTcp(fromProxy);
const noOperation = Uint8Array.of(1, 1, 1, 0);
const dso = { verify: [verifyRow({ flags: serviceFlags.dso })] };

type Rest = Partial<PacketRecord>;
const egress = (name: string, packet: Uint8Array, verdict: PacketRecord['verdict'], rest: Rest = {}): PacketRecord => ({
  name,
  role: 'node',
  hook: 'egress',
  local: true,
  packet,
  rows: nodeRows(),
  verdict,
  counted: [serviceCounter],
  ...rest,
});
const carried = (name: string, packet: Uint8Array, out: Uint8Array, rest: Rest = {}): PacketRecord =>
  egress(name, packet, 'encapsulated', { out: through(node, gateway, out), counted: both, ...rest });
const direct = (name: string, packet: Uint8Array, out: Uint8Array, change: RowSet = {}): PacketRecord =>
  egress(name, packet, 'returned-direct', { out, rows: nodeRows({ ...dso, ...change }) });

const viaOther = { out: through(node, otherGateway, translated), counted: [serviceCounter, otherTunnelCounter] };
const flowRow = (change: Partial<FlowValue>): NonNullable<RowSet['flow']> => [
  {
    key: {
      endpointIp: server.ip,
      clientIp: client.ip,
      endpointPort: server.port,
      clientPort: client.port,
      protocol: tcp,
    },
    value: { tunnel: 200, group: 2, service: 1, ...change },
  },
];

export const nodeEgress: readonly PacketRecord[] = [
  carried("a TCP reply leaves in the proxy's name through the tunnel", reply, translated),
  carried(
    'a segment of a flow leaves through the tunnel',
    buildTcp({ ...fromServer, flags: tcpFlags.ack, payload: bytes(64) }),
    buildTcp({ ...fromProxy, flags: tcpFlags.ack, payload: bytes(64) }),
  ),
  carried(
    "a UDP reply leaves in the proxy's name through the tunnel",
    buildUdp({ source: server, destination: client, payload: bytes(21) }),
    buildUdp({ source: proxy, destination: client, payload: bytes(21) }),
    { rows: udpNodeRows() },
  ),
  carried(
    'a UDP reply without checksum stays without',
    buildUdp({ source: server, destination: client, checksum: 'none' }),
    buildUdp({ source: proxy, destination: client, checksum: 'none' }),
    { rows: udpNodeRows() },
  ),
  carried('a reply that was forwarded (a container) leaves alike', reply, translated, { local: false }),
  carried('an endpoint that is the proxy needs no translation', translated, translated, {
    rows: nodeRows(servedBy(proxy)),
  }),
  carried(
    'TOS is copied into the outer header',
    buildTcp({ ...fromServer, tos: 0x2a }),
    buildTcp({ ...fromProxy, tos: 0x2a }),
  ),
  carried(
    'IP options stay in a reply',
    buildTcp({ ...fromServer, options: noOperation }),
    buildTcp({ ...fromProxy, options: noOperation }),
  ),
  carried('a reply without request goes through the first tunnel', reply, translated, { rows: twoGatewayRows() }),
  carried('a reply goes back the way its request came', reply, translated, {
    rows: twoGatewayRows(),
    before: [
      {
        hook: 'ingress',
        packet: through(otherGateway, node, buildTcp({ source: client, destination: proxy })),
        verdict: 'decapsulated',
      },
    ],
    ...viaOther,
  }),
  carried(
    'each client has a way of its own',
    buildTcp({ ...fromServer, destination: endpoint('10.0.0.9:40001') }),
    buildTcp({ ...fromProxy, destination: endpoint('10.0.0.9:40001') }),
    {
      rows: twoGatewayRows({ flow: flowRow({}) }),
    },
  ),
  carried('a FLOW row that names another service is not believed', reply, translated, {
    rows: twoGatewayRows({ flow: flowRow({ service: 2 }) }),
  }),
  carried('a FLOW row that names a tunnel which the service has no more is not believed', reply, translated, {
    rows: twoGatewayRows({ flow: flowRow({ tunnel: 300 }) }),
  }),
  carried('without several tunnels FLOW is not asked', reply, translated, {
    rows: twoGatewayRows({ verify: [verifyRow({ tunnels: [tunnelId, 200, 0, 0] })], flow: flowRow({}) }),
  }),
  carried('the remembered tunnel is the one used', reply, translated, {
    rows: twoGatewayRows({ flow: flowRow({}) }),
    ...viaOther,
  }),

  direct("in mode dso a TCP reply leaves straight, in the proxy's name", reply, translated),
  direct(
    "in mode dso a UDP reply leaves straight, in the proxy's name",
    buildUdp({ source: server, destination: client, payload: bytes(9) }),
    buildUdp({ source: proxy, destination: client, payload: bytes(9) }),
    { nat: natRows(udp), verify: [verifyRow({ protocol: udp, flags: serviceFlags.dso })] },
  ),
  direct('in mode dso no tunnel is needed', reply, translated, { tunnel: [] }),

  egress('without remote a reply is dropped, and not changed', reply, 'no-remote', {
    rows: nodeRows({ tunnel: [tunnelRow(tunnelId, node, gateway, { remoteIp: unspecifiedIp, remotePort: 0 })] }),
    counted: both,
  }),
  egress('without tunnel a reply is dropped, and not changed', reply, 'no-tunnel', { rows: nodeRows({ tunnel: [] }) }),
  egress('without service a reply is dropped, and not changed', reply, 'unknown-service', {
    rows: nodeRows({ verify: [] }),
    counted: [],
  }),
  egress('a packet that ends before its header says is dropped', mutated(reply, at.ipLength + 1, 60), 'bad-inner'),
  egress(
    'another port of the endpoint is not ours',
    buildTcp({ ...fromServer, source: endpoint('1.1.1.1:22') }),
    'pass-not-ours',
    {
      counted: [],
    },
  ),
  egress('another protocol is not ours', buildUdp({ source: server, destination: client }), 'pass-not-ours', {
    counted: [],
  }),
  egress('what goes to the endpoint is not ours', buildTcp({ source: client, destination: server }), 'pass-not-ours', {
    counted: [],
  }),
  egress(
    'our own pings leave untouched',
    buildUdp({ source: node, destination: gateway, payload: guePing(service, 100) }),
    'pass-not-ours',
    {
      counted: [],
    },
  ),
];
