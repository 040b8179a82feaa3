// Fragments of packets that tunnels carry: each goes by itself, the later ones by the ports of their first.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { buildIpv4, fragmentBits } from '../../../src/packet/ipv4.ts';
import { buildTcp, buildUdp } from '../../../src/packet/transport.ts';
import type { VerdictName } from '../../../src/tables/verdicts.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { pieces } from './pieces.ts';
import type { PacketRecord } from './record.ts';
import {
  addressRow,
  at,
  both,
  client,
  encapRow,
  endpoint,
  gateway,
  gatewayRows,
  mutated,
  natRows,
  node,
  otherGateway,
  otherTunnelCounter,
  proxy,
  server,
  serviceCounter,
  through,
  tooBigAnswer,
  tunnelId,
  tunnelRow,
  twoGatewayRows,
  udpGatewayRows,
  udpNodeRows,
  verifyRow,
} from './scene.ts';

const { tcp, udp } = protocolNumbers;
const more = fragmentBits.moreFragments;
const request = pieces(client, proxy);
const delivered = pieces(client, server);
const reply = pieces(server, client);
const returned = pieces(proxy, client);
const elsewhere = pieces(client, endpoint('5.5.5.5:53'));
const dso = { verify: [verifyRow({ protocol: udp, flags: serviceFlags.dso })] };

type Rest = Partial<PacketRecord>;
const record = (name: string, verdict: VerdictName, rest: Rest & Pick<PacketRecord, 'packet'>): PacketRecord => ({
  name,
  role: 'gateway',
  hook: 'egress',
  rows: udpGatewayRows(),
  verdict,
  counted: both,
  ...rest,
});
const atNode: Rest = { role: 'node', rows: udpNodeRows() };
const went = (hook: PacketRecord['hook'], packet: Uint8Array, verdict: VerdictName) => ({ hook, packet, verdict });
const encapsulated = (frame: Uint8Array, source = gateway, destination = node): Rest => ({
  out: through(source, destination, frame),
  randomId: true,
});
const firstSent = { before: [went('egress', request.first, 'encapsulated')] };
const firstReturned = { before: [went('egress', reply.first, 'encapsulated')] };
const inTunnel = (frame: Uint8Array): Uint8Array => through(gateway, node, frame, { id: 1 });
const fromTunnel = (frame: Uint8Array): Uint8Array => through(node, gateway, frame, { id: 1 });

export const fragments: readonly PacketRecord[] = [
  record('a first fragment goes into its tunnel', 'encapsulated', {
    packet: request.first,
    ...encapsulated(request.first),
  }),
  record('a later fragment goes the way of its first', 'encapsulated', {
    packet: request.middle,
    ...firstSent,
    ...encapsulated(request.middle),
  }),
  record('the last fragment goes the way of its first', 'encapsulated', {
    packet: request.last,
    ...firstSent,
    ...encapsulated(request.last),
  }),
  record('a last fragment of one byte goes the way of its first', 'encapsulated', {
    packet: oneByte(client.ip, proxy.ip),
    ...firstSent,
    ...encapsulated(oneByte(client.ip, proxy.ip)),
  }),
  record('a later fragment whose tunnel is gone leaves nothing in the clear', 'no-tunnel', {
    packet: request.middle,
    before: [went('egress', request.first, 'no-tunnel')],
    rows: { ...udpGatewayRows(), tunnel: [] },
    counted: [serviceCounter],
  }),
  record('a later fragment for a proxy address whose first was not seen is dropped', 'fragment', {
    packet: request.middle,
    counted: [],
  }),
  record('a later fragment of another packet is dropped', 'fragment', {
    packet: mutated(request.middle, at.ip + 5, 78),
    ...firstSent,
    counted: [],
  }),
  record('of another protocol an address without a proxy passes', 'pass-not-ours', {
    packet: request.middle,
    rows: gatewayRows(),
    counted: [],
  }),
  record('a first fragment to another port of a proxy address passes', 'pass-not-ours', {
    packet: elsewhere.first,
    counted: [],
  }),
  record('a later fragment of what is for another port passes', 'pass-not-ours', {
    packet: elsewhere.middle,
    before: [went('egress', elsewhere.first, 'pass-not-ours')],
    counted: [],
  }),
  record('a packet for port 0 of a proxy address is not ours', 'pass-not-ours', {
    packet: mutated(mutated(buildUdp({ source: client, destination: proxy }), at.ip + 22, 0), at.ip + 23, 0),
    counted: [],
  }),
  record('who makes fragments that are too long is told to make shorter ones', 'too-big-answered', {
    packet: request.first,
    rows: { ...udpGatewayRows(), tunnel: [tunnelRow(tunnelId, gateway, node, { mtu: 92 + 51 })] },
    out: tooBigAnswer(request.first, { from: proxy, to: client, fits: 91 }),
    action: 7,
  }),
  record('about a later fragment that is too long nobody is told, even with DF', 'too-big', {
    packet: mutated(request.middle, at.ip + 6, 0x60),
    ...firstSent,
    before: [went('egress', request.first, 'too-big-answered')],
    rows: { ...udpGatewayRows(), tunnel: [tunnelRow(tunnelId, gateway, node, { mtu: 84 + 51 })] },
  }),
  record('a TCP fragment too short for a TCP header is not carried', 'bad-inner', {
    packet: buildIpv4({
      source: client.ip,
      destination: proxy.ip,
      protocol: tcp,
      fragment: more,
      payload: buildTcp({ source: client, destination: proxy }).slice(at.ip + 20, at.ip + 28),
    }),
    rows: gatewayRows(),
    counted: [serviceCounter],
  }),

  record('a first fragment comes out of its tunnel and goes on to the endpoint', 'decapsulated', {
    ...atNode,
    hook: 'ingress',
    packet: inTunnel(request.first),
    out: delivered.first,
  }),
  record('a later fragment comes out of its tunnel and goes on to the endpoint', 'decapsulated', {
    ...atNode,
    hook: 'ingress',
    packet: inTunnel(request.middle),
    before: [went('ingress', inTunnel(request.first), 'decapsulated')],
    out: delivered.middle,
  }),
  record('a last fragment of one byte comes out of its tunnel', 'decapsulated', {
    ...atNode,
    hook: 'ingress',
    packet: inTunnel(oneByte(client.ip, proxy.ip)),
    before: [went('ingress', inTunnel(request.first), 'decapsulated')],
    out: oneByte(client.ip, server.ip),
  }),
  record('a later fragment without its first does not come out of a tunnel', 'fragment', {
    ...atNode,
    hook: 'ingress',
    packet: inTunnel(request.middle),
  }),
  record('a reply in fragments comes out of its tunnel at the gateway', 'decapsulated', {
    hook: 'ingress',
    packet: fromTunnel(returned.middle),
    before: [went('ingress', fromTunnel(returned.first), 'decapsulated')],
    out: returned.middle,
  }),

  record("a reply's first fragment leaves in the proxy's name", 'encapsulated', {
    ...atNode,
    packet: reply.first,
    ...encapsulated(returned.first, node, gateway),
  }),
  record("a reply's later fragment leaves in the proxy's name", 'encapsulated', {
    ...atNode,
    packet: reply.last,
    ...firstReturned,
    ...encapsulated(returned.last, node, gateway),
  }),
  record("a reply's later fragment takes the tunnel of its flow", 'encapsulated', {
    ...atNode,
    rows: twoGatewayRows({
      nat: natRows(udp),
      verify: [verifyRow({ protocol: udp, tunnels: [tunnelId, 200, 0, 0], flags: serviceFlags.flow })],
    }),
    packet: reply.middle,
    before: [
      went('ingress', through(otherGateway, node, request.first, { id: 1 }), 'decapsulated'),
      went('egress', reply.first, 'encapsulated'),
    ],
    ...encapsulated(returned.middle, node, otherGateway),
    counted: [serviceCounter, otherTunnelCounter],
  }),
  record('in mode dso a later fragment leaves straight', 'returned-direct', {
    ...atNode,
    rows: udpNodeRows(dso),
    packet: reply.middle,
    before: [went('egress', reply.first, 'returned-direct')],
    out: returned.middle,
    counted: [serviceCounter],
  }),
  record('a later fragment of a host whose first was not seen is not ours', 'pass-not-ours', {
    ...atNode,
    packet: reply.middle,
    counted: [],
  }),
  record('a service of another protocol at the same address changes nothing', 'encapsulated', {
    packet: request.middle,
    ...firstSent,
    rows: { ...udpGatewayRows(), encap: [encapRow(udp), addressRow(udp), addressRow(tcp)] },
    ...encapsulated(request.middle),
  }),
];

function oneByte(source: typeof client.ip, destination: typeof client.ip): Uint8Array {
  return buildIpv4({ source, destination, protocol: udp, id: 77, fragment: 26, payload: Uint8Array.of(9) });
}
