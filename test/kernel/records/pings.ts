// Gateway, ingress: pings, and what PEER learns of them.
import { guePing, gueThen, gueWords } from '../../../src/packet/gue.ts';
import { buildTcp, buildUdp } from '../../../src/packet/transport.ts';
import type { ExpectedPeer, PacketRecord } from './record.ts';
import {
  both,
  client,
  endpoint,
  epoch,
  gateway,
  gatewayRows,
  key,
  learningRows,
  node,
  otherGateway,
  peerRow,
  proxy,
  service,
  serviceCounter,
  through,
  tunnelId,
  tunnelRow,
  verifyRow,
} from './scene.ts';

const moved = endpoint('172.1.0.3:33333');
const from = (source: typeof node, payload = guePing(service, tunnelId), destination = gateway): Uint8Array =>
  buildUdp({ source, destination, payload });
const ping = from(node);
export const knows = (remote: string, moves: number, change: Partial<ExpectedPeer> = {}): readonly ExpectedPeer[] => [
  { tunnel: tunnelId, epoch, remote, moves, sequence: 0n, movesInMinute: 0, heard: true, newMinute: false, ...change },
];
const nodePeer = [peerRow(node)];
const toProxy = buildTcp({ source: client, destination: proxy });

/** As many rows as the runner's PEER holds. */
export const peerCapacity = 4;
const fullTable = Array.from({ length: peerCapacity }, (_, i) => peerRow(node, {}, 1000 + i));

const pinged = (name: string, verdict: PacketRecord['verdict'], rest: Partial<PacketRecord> = {}): PacketRecord => ({
  name,
  role: 'gateway',
  hook: 'ingress',
  packet: ping,
  rows: learningRows(),
  verdict,
  counted: both,
  ...rest,
});

export const pings: readonly PacketRecord[] = [
  pinged('a first ping is learned', 'ping-accepted', { peers: knows('172.1.0.3:6080', 0) }),
  pinged('a ping from the same place changes nothing but the time', 'ping-accepted', {
    rows: learningRows({ peer: nodePeer }),
    peers: knows('172.1.0.3:6080', 3),
  }),
  pinged('a ping from another port moves the remote', 'ping-moved', {
    packet: from(moved),
    rows: learningRows({ peer: nodePeer }),
    peers: knows('172.1.0.3:33333', 4),
  }),
  pinged('a ping from another address moves the remote', 'ping-moved', {
    packet: from(otherGateway),
    rows: learningRows({ peer: nodePeer }),
    peers: knows('172.1.0.5:6080', 4),
  }),
  pinged('a tunnel that was made anew inherits nothing', 'ping-accepted', {
    rows: learningRows({ peer: [peerRow(moved, { epoch: epoch - 1n })] }),
    peers: knows('172.1.0.3:6080', 0),
  }),
  pinged('a tunnel that was made anew learns even the same place as new', 'ping-accepted', {
    rows: learningRows({ peer: [peerRow(node, { epoch: epoch - 1n })] }),
    peers: knows('172.1.0.3:6080', 0),
  }),
  pinged('a static remote is accepted and not stored', 'ping-accepted', { rows: gatewayRows(), peers: [] }),
  pinged('a static remote is not replaced', 'ping-accepted', { packet: from(moved), rows: gatewayRows(), peers: [] }),
  pinged('a full PEER table refuses', 'ping-refused', { rows: learningRows({ peer: fullTable }) }),
  pinged('a full PEER table still takes moves of those that it has', 'ping-moved', {
    packet: from(moved),
    rows: learningRows({ peer: [...fullTable.slice(1), peerRow(node)] }),
    peers: [
      ...knows('172.1.0.3:33333', 4),
      ...fullTable.slice(1).flatMap(({ key: { tunnel } }) => knows('172.1.0.3:6080', 3, { tunnel, heard: false })),
    ],
  }),
  pinged('after a ping, the tunnel carries', 'encapsulated', {
    before: [{ hook: 'ingress', packet: from(moved), verdict: 'ping-accepted' }],
    hook: 'egress',
    packet: toProxy,
    out: through(gateway, moved, toProxy),
  }),
  pinged('after a move, the tunnel carries to the new place', 'encapsulated', {
    before: [
      { hook: 'ingress', packet: ping, verdict: 'ping-accepted' },
      { hook: 'ingress', packet: from(moved), verdict: 'ping-moved' },
    ],
    hook: 'egress',
    packet: toProxy,
    out: through(gateway, moved, toProxy),
  }),

  pinged('a wrong key teaches nothing', 'bad-key', {
    packet: from(node, guePing({ ...service, key: key.map((byte) => byte ^ 0x80) }, tunnelId)),
    counted: [serviceCounter],
    peers: [],
  }),
  pinged('an unknown service teaches nothing', 'unknown-service', {
    packet: from(node, guePing({ ...service, group: 3 }, tunnelId)),
    counted: [],
    peers: [],
  }),
  pinged('a tunnel of another service is refused', 'wrong-tunnel', {
    packet: from(node, guePing(service, 200)),
    rows: learningRows({ tunnel: [tunnelRow(tunnelId, gateway, 'learned'), tunnelRow(200, gateway, 'learned')] }),
    counted: [serviceCounter],
    peers: [],
  }),
  pinged('tunnel 0 is none', 'wrong-tunnel', {
    packet: from(node, guePing(service, 0)),
    counted: [serviceCounter],
    peers: [],
  }),
  pinged('a tunnel that ends at another endpoint is refused', 'wrong-tunnel', {
    packet: from(node, guePing(service, tunnelId), otherGateway),
    rows: learningRows({ decap: [{ key: otherGateway, value: { tunnels: 1 } }] }),
    peers: [],
  }),
  pinged('a tunnel that the service names and nobody has made is missing', 'no-tunnel', {
    rows: learningRows({ tunnel: [], verify: [verifyRow()] }),
    counted: [serviceCounter],
    peers: [],
  }),
  pinged('a ping that is too short is refused', 'bad-header', {
    packet: from(node, gueThen(gueWords.ping, service, new Uint8Array(3))),
    counted: [],
  }),
  pinged('a ping that is too long is refused', 'bad-header', {
    packet: from(node, gueThen(gueWords.ping, service, new Uint8Array(5))),
    counted: [],
  }),
  pinged('the short ping is refused', 'bad-header', {
    packet: from(node, Uint8Array.of(0x26, 1, 0xa0, 0, 0, 0, 0, 100)),
    counted: [],
  }),
  pinged('a ping to another port is not ours', 'pass-not-ours', {
    packet: from(node, guePing(service, tunnelId), endpoint('172.1.0.4:6081')),
    counted: [],
  }),
];
