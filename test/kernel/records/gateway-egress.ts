// Gateway, egress: what is sent to a proxy endpoint goes into its tunnel, or nowhere.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import { buildEthernet, buildIpv4, etherTypes } from '../../../src/packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../../../src/packet/transport.ts';
import type { PacketRecord } from './record.ts';
import {
  at,
  both,
  bytes,
  client,
  encapRow,
  endpoint,
  epoch,
  gateway,
  gatewayRows,
  learningRows,
  mutated,
  node,
  padded,
  peerRow,
  proxy,
  server,
  serviceCounter,
  stranger,
  through,
  tunnelId,
  tunnelRow,
  udpGatewayRows,
} from './scene.ts';

const { tcp } = protocolNumbers;
const pair = { source: client.ip, destination: proxy.ip };
const toProxy = { source: client, destination: proxy };
const syn = buildTcp(toProxy);
const macs = { destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 1), sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2) };
const noOperation = Uint8Array.of(1, 1, 1, 0);
type Rest = Pick<PacketRecord, 'name' | 'packet' | 'verdict'> & Partial<PacketRecord>;
const egress = (rest: Rest): PacketRecord => ({
  role: 'gateway',
  hook: 'egress',
  rows: gatewayRows(),
  counted: both,
  ...rest,
});
const carried = (name: string, packet: Uint8Array, rest: Partial<PacketRecord> = {}): PacketRecord =>
  egress({ name, packet, verdict: 'encapsulated', out: through(gateway, node, packet), ...rest });
const passed = (name: string, packet: Uint8Array, rest: Partial<PacketRecord> = {}): PacketRecord =>
  egress({ name, packet, verdict: 'pass-not-ours', counted: [], ...rest });
const dropped = (
  verdict: PacketRecord['verdict'],
  name: string,
  packet: Uint8Array,
  rest: Partial<PacketRecord> = {},
): PacketRecord => egress({ name, packet, verdict, counted: [serviceCounter], ...rest });

export const gatewayEgress: readonly PacketRecord[] = [
  carried('TCP to a proxy endpoint goes into its tunnel', syn),
  carried(
    'a segment of a flow goes into its tunnel',
    buildTcp({ ...toProxy, flags: tcpFlags.ack, payload: bytes(64) }),
  ),
  carried('UDP to a proxy endpoint goes into its tunnel', buildUdp({ ...toProxy, payload: bytes(33) }), {
    rows: udpGatewayRows(),
  }),
  carried(
    'a packet of 1500 bytes is carried whole',
    buildTcp({ ...toProxy, flags: tcpFlags.ack, payload: bytes(1460) }),
  ),
  carried('what this host itself sends to a proxy endpoint goes into its tunnel', syn, { local: true }),
  carried('MAC addresses stay what the route gave', buildTcp({ ...toProxy, ...macs })),
  carried('TOS with ECN is copied into the outer header', buildTcp({ ...toProxy, tos: 0xb9 })),
  carried('without DF the outer packet has none either, and an identification', buildTcp({ ...toProxy, fragment: 0 }), {
    randomId: true,
  }),
  carried('a packet with IP options is carried with them', buildTcp({ ...toProxy, options: noOperation })),
  carried('an inner checksum that is wrong is carried as it is', mutated(syn, at.ip + 10, 0)),
  carried('the remote is the one that PEER has learned', syn, {
    rows: learningRows({ peer: [peerRow(stranger)] }),
    out: through(gateway, stranger, syn),
  }),
  carried('a static remote stays, whatever PEER holds', syn, { rows: gatewayRows({ peer: [peerRow(stranger)] }) }),
  carried('counters of rows may lie in any block', syn, {
    rows: gatewayRows({
      tunnel: [tunnelRow(tunnelId, gateway, node, { counter: 600 })],
      encap: [encapRow(tcp, { counter: 300 })],
    }),
    counted: [300, 600],
  }),

  dropped('no-remote', 'a tunnel that has learned nothing carries nothing', syn, {
    rows: learningRows(),
    counted: both,
  }),
  dropped('no-remote', 'a remote learned in another epoch is none', syn, {
    rows: learningRows({ peer: [peerRow(stranger, { epoch: epoch - 1n })] }),
    counted: both,
  }),
  dropped('no-remote', 'a PEER row that is being written is not used', syn, {
    rows: learningRows({ peer: [peerRow(stranger, { version: 9 })] }),
    counted: both,
  }),
  dropped('no-remote', 'a PEER row of another tunnel is not used', syn, {
    rows: learningRows({ peer: [peerRow(stranger, {}, tunnelId + 1)] }),
    counted: both,
  }),
  dropped('no-remote', 'a static tunnel without remote carries nothing', syn, {
    rows: gatewayRows({ tunnel: [tunnelRow(tunnelId, gateway, node, { remoteIp: client.ip, remotePort: 0 })] }),
    counted: both,
  }),
  dropped('no-tunnel', 'a service whose tunnel is gone leaves nothing in the clear', syn, {
    rows: gatewayRows({ tunnel: [] }),
  }),
  dropped('bad-inner', 'a packet that ends before its header says is not carried', mutated(syn, at.ipLength + 1, 60)),
  dropped('bad-inner', 'bytes behind the packet are not carried', padded(syn, 6)),
  dropped('bad-inner', 'a TCP header that is cut short is not carried', shortTcp(19)),
  dropped('bad-inner', 'ports alone are no packet', shortTcp(4)),

  passed(
    'another port of the proxy address is not ours',
    buildTcp({ ...toProxy, destination: endpoint('5.5.5.5:3101') }),
  ),
  passed('another address is not ours', buildTcp({ ...toProxy, destination: endpoint('5.5.5.6:3100') })),
  passed('UDP to a TCP service is not ours', buildUdp(toProxy)),
  passed('what comes from the proxy endpoint is not ours', buildTcp({ source: proxy, destination: client })),
  passed('ICMP to the proxy address is not ours', buildIpv4({ ...pair, protocol: 1, payload: bytes(64) })),
  passed('IP options do not make a packet ours', buildTcp({ ...toProxy, destination: server, options: noOperation })),
  passed('a header length below the least is not ours', mutated(syn, at.ip, 0x44)),
  passed('version 5 is not ours', mutated(syn, at.ip, 0x55)),
  passed('IPv6 is not ours', buildEthernet(etherTypes.ipv6, 60)),
  passed('ARP is not ours', buildEthernet(etherTypes.arp, 46)),
  passed('an IPv4 frame without room for ports is not ours', syn.slice(0, at.ip + 23)),
  passed('options that run past the end of the frame are not ours', mutated(syn, at.ip, 0x4f)),
  passed('a host without services touches nothing', syn, { rows: {} }),
];

/** TCP to the proxy endpoint with only so many bytes after the IP header, which says so. */
function shortTcp(length: number): Uint8Array {
  return buildIpv4({ ...pair, protocol: tcp, payload: syn.slice(at.ip + 20, at.ip + 20 + length) });
}
