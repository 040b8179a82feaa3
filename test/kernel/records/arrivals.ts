// By which key data is taken, and by which of its service's tunnels it came: current and previous key, strict tunnels.
import type { Endpoint, Port } from '../../../src/net/endpoint.ts';
import { guePing } from '../../../src/packet/gue.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { serviceFlags, type VerifyValue } from '../../../src/tables/verify.ts';
import {
  answerOf,
  deliveredOf,
  gatewayOf,
  type Kind,
  kindText,
  nodeOf,
  replyOf,
  requestOf,
  tcpOf,
  tunnelEnds,
} from './families.ts';
import { knows } from './pings.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  both,
  endpoint,
  epoch,
  key,
  otherTunnelCounter,
  peerRow,
  service,
  serviceCounter,
  through,
  tunnelCounter,
  tunnelId,
  tunnelRow,
} from './scene.ts';
import { passes, type Rest, stops } from './ways.ts';

const four = tcpOf(4);
const { gateway, node, otherGateway, stranger } = tunnelEnds[4];
const next = key.map((byte) => byte ^ 0x55);
const nextService = { ...service, key: next };
/** The service has a new key, and takes the old one still, or no more. */
const changing: Partial<VerifyValue> = { key: next, previousKey: key, flags: serviceFlags.previousKey };
const changed: Partial<VerifyValue> = { ...changing, flags: 0 };
const unlike: Partial<VerifyValue> = { ...changing, previousKey: key.map((byte) => byte ^ 1) };

function keys(kind: Kind): PacketRecord[] {
  const ends = tunnelEnds[kind.outer];
  const [request, delivered, answer, reply] = [requestOf(kind), deliveredOf(kind), answerOf(kind), replyOf(kind)];
  const text = kindText(kind);
  const byNext = { packet: through(ends.node, ends.gateway, reply, {}, nextService) };
  const toNodeByNext = { packet: through(ends.gateway, ends.node, request, {}, nextService) };
  return [
    passes('from-proxy', kind, `${text}: the current key opens`, reply, reply, { verify: changing, ...byNext }),
    passes('from-proxy', kind, `${text}: the previous key opens as well`, reply, reply, { verify: changing }),
    passes('to-server', kind, `${text}: at a node the current key opens`, request, delivered, {
      verify: changing,
      ...toNodeByNext,
    }),
    passes('to-server', kind, `${text}: at a node the previous key opens as well`, request, delivered, {
      verify: changing,
    }),
    stops('from-proxy', kind, `${text}: a previous key that is taken no more`, 'bad-key', reply, { verify: changed }),
    stops('to-server', kind, `${text}: at a node a previous key that is taken no more`, 'bad-key', request, {
      verify: changed,
    }),
    stops('from-proxy', kind, `${text}: a key that is neither`, 'bad-key', reply, { verify: unlike }),
    passes('from-server', kind, `${text}: only the current key is sent`, answer, reply, {
      verify: changing,
      out: through(ends.node, ends.gateway, reply, {}, nextService),
    }),
  ];
}

const ping = buildUdp({ source: node, destination: gateway, payload: guePing(service, tunnelId) });
const learned = { tunnel: [tunnelRow(tunnelId, gateway, 'learned')] };

const { strict } = tunnelFlags;
const reply = replyOf(four);
const request = requestOf(four);
const strictRows = (change: RowSet = {}): RowSet =>
  gatewayOf(four, { tunnel: [tunnelRow(tunnelId, gateway, node, { flags: strict })], ...change });
const learnedStrict = (change: RowSet = {}): RowSet =>
  strictRows({ tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: tunnelFlags.learned | strict })], ...change });
const from = (source: Endpoint): Uint8Array => through(source, gateway, reply);
const nat = endpoint('172.1.0.3:6081');

const taken = (name: string, source: Endpoint, rows: RowSet): PacketRecord =>
  passes('from-proxy', four, name, reply, reply, { packet: from(source), rows });
const refused = (name: string, source: Endpoint, rows: RowSet, rest: Rest = {}): PacketRecord =>
  stops('from-proxy', four, name, 'wrong-source', reply, { packet: from(source), rows, ...rest });

/** A node with two tunnels, of which these are strict. */
const two = (first: number, second: number, local: Endpoint = node): RowSet =>
  nodeOf(
    four,
    {
      tunnel: [
        tunnelRow(tunnelId, local, gateway, { flags: first }),
        tunnelRow(200, node, otherGateway, { flags: second, counter: otherTunnelCounter }),
      ],
    },
    { tunnels: [tunnelId, 200, 0, 0] },
  );
/** The second is learned: rows of a node, where nothing learns, tell the same of both roles. */
const twoLearned = (peer: NonNullable<RowSet['peer']>): RowSet => ({
  ...two(0, 0),
  tunnel: [
    tunnelRow(tunnelId, node, gateway),
    tunnelRow(200, node, 'learned', { flags: tunnelFlags.learned, counter: otherTunnelCounter }),
  ],
  peer,
});
const besideOther: Endpoint = { ...otherGateway, port: 50_123 as Port };
const byTunnel = (name: string, source: Endpoint, rows: RowSet, counter: number): PacketRecord =>
  passes('to-server', four, name, request, deliveredOf(four), {
    packet: through(source, node, request),
    rows,
    counted: [serviceCounter, counter],
  });
const byNone = (name: string, verdict: PacketRecord['verdict'], source: Endpoint, rows: RowSet): PacketRecord =>
  stops('to-server', four, name, verdict, request, { packet: through(source, node, request), rows });

export const arrivals: readonly PacketRecord[] = [
  ...[four, tcpOf(6)].flatMap(keys),
  stops('from-proxy', four, 'a ping with the previous key is taken', 'ping-accepted', ping, {
    packet: ping,
    rows: gatewayOf(four, learned, changing),
    peers: knows('172.1.0.3:6080', 0),
  }),
  stops('from-proxy', four, 'a ping with a previous key that is taken no more teaches nothing', 'bad-key', ping, {
    packet: ping,
    rows: gatewayOf(four, learned, changed),
    peers: [],
  }),
  stops(
    'from-proxy',
    four,
    'what is forwarded to a proxy goes with the key of its row alone',
    'encapsulated',
    request,
    {
      hook: 'egress',
      packet: request,
      rows: gatewayOf(four, {}, changing),
      out: through(gateway, node, request),
    },
  ),

  taken('a strict tunnel takes what its remote sends', node, strictRows()),
  taken('a strict tunnel takes what its learned remote sends', stranger, learnedStrict({ peer: [peerRow(stranger)] })),
  refused('a strict tunnel takes nothing from elsewhere', stranger, strictRows()),
  refused('a strict tunnel takes nothing from another port', nat, strictRows()),
  refused('a strict tunnel that has learned nothing takes nothing', node, learnedStrict()),
  refused(
    'a strict tunnel takes nothing from where its remote was before',
    node,
    learnedStrict({ peer: [peerRow(stranger)] }),
  ),
  refused(
    'a strict tunnel takes nothing from the remote of its predecessor',
    node,
    learnedStrict({ peer: [peerRow(node, { epoch: epoch - 1n })] }),
  ),
  refused('a wrong source is told before what is inside', stranger, strictRows(), {
    packet: through(stranger, gateway, requestOf(four)),
  }),
  stops('from-proxy', four, 'a wrong key is told before a wrong source', 'bad-key', reply, {
    packet: from(stranger),
    rows: { ...strictRows(), ...gatewayVerify(unlike) },
  }),
  stops('from-proxy', four, 'a ping may come from elsewhere: it says where the remote is now', 'ping-moved', ping, {
    packet: ping,
    rows: learnedStrict({ peer: [peerRow(stranger)] }),
    peers: knows('172.1.0.3:6080', 4),
    counted: both,
  }),
  byTunnel('who is the remote of the second tunnel comes by it', otherGateway, two(0, 0), otherTunnelCounter),
  byTunnel('who is nobody comes by the first that is not strict', stranger, two(strict, 0), otherTunnelCounter),
  byTunnel(
    'the address of the second remote, from another port, comes by it',
    besideOther,
    two(0, 0),
    otherTunnelCounter,
  ),
  byTunnel(
    'the address of a strict second, from another port, comes by the first',
    besideOther,
    two(0, strict),
    tunnelCounter,
  ),
  byTunnel(
    'where the second remote was in another epoch says nothing',
    besideOther,
    twoLearned([peerRow(otherGateway, { epoch: epoch - 1n }, 200)]),
    tunnelCounter,
  ),
  byTunnel(
    'the address of a learned second comes by it',
    besideOther,
    twoLearned([peerRow(otherGateway, {}, 200)]),
    otherTunnelCounter,
  ),
  byTunnel(
    'the remote of a strict tunnel comes by it, be it the second',
    otherGateway,
    two(0, strict),
    otherTunnelCounter,
  ),
  byNone('of two strict tunnels none takes what comes from elsewhere', 'wrong-source', stranger, two(strict, strict)),
  byNone(
    'where only a strict tunnel ends, it was too strict',
    'wrong-source',
    stranger,
    two(0, strict, endpoint('172.1.0.3:6090')),
  ),
  byNone('where no tunnel ends, none was too strict', 'wrong-tunnel', stranger, {
    ...two(strict, strict),
    tunnel: [tunnelRow(tunnelId, otherGateway, gateway, { flags: strict })],
  }),
];

function gatewayVerify(change: Partial<VerifyValue>): RowSet {
  const { verify = [] } = gatewayOf(four, {}, change);
  return { verify };
}
