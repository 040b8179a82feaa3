// Echo to a proxy's address: answered at the gateway, or carried to the endpoint and back, as its row says.
import type { Ip } from '../../../src/net/ip.ts';
import {
  buildEchoReply,
  buildEchoRequest,
  buildIcmp,
  type Echo,
  icmpProtocols,
  icmpTypes,
} from '../../../src/packet/icmp.ts';
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { featureBits } from '../../../src/tables/features.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { gatewayOf, type Kind, kindText, nodeOf, talkers, tcpOf, tunnelEnds, udpOf } from './families.ts';
import type { ExpectedFlow, PacketRecord, RowSet } from './record.ts';
import {
  addressRow,
  both,
  bytes,
  encapRow,
  otherTunnelCounter,
  padded,
  serviceCounter,
  through,
  tunnelId,
  tunnelRow,
} from './scene.ts';
import { met, passes, type Rest, stops } from './ways.ts';

const identifier = 0x1234;
const { echo: echoFlag, dso } = serviceFlags;
const withEcho: Rest = { topologyFeatures: featureBits.echo | featureBits.ipv6 };
const macs = { destinationMac: Uint8Array.of(2, 0, 0, 0, 0, 1), sourceMac: Uint8Array.of(2, 0, 0, 0, 0, 2) };
const turnedMacs = { destinationMac: macs.sourceMac, sourceMac: macs.destinationMac };
const redirected = 7;

type Fields = Partial<Omit<Echo, 'source' | 'destination'>>;
const request = (source: Ip, destination: Ip, fields: Fields = {}): Uint8Array =>
  buildEchoRequest({ source, destination, identifier, sequence: 7, payload: bytes(56), ...fields });
const reply = (source: Ip, destination: Ip, fields: Fields = {}): Uint8Array =>
  buildEchoReply({ source, destination, identifier, sequence: 7, payload: bytes(56), ...fields });

/** The row for echo to the proxy: by the service's tunnel, or answered. */
const carryRow = ({ inner }: Kind): NonNullable<RowSet['encap']>[number] => {
  const { key, value } = encapRow(icmpProtocols[inner], {}, talkers[inner].proxy);
  return { key: { ...key, port: 0 }, value };
};
const answerRow = ({ inner }: Kind): NonNullable<RowSet['encap']>[number] =>
  addressRow(icmpProtocols[inner], talkers[inner].proxy.ip);
const at = (kind: Kind, row: NonNullable<RowSet['encap']>[number], change: RowSet = {}): RowSet => {
  const plain = gatewayOf(kind, change, { flags: echoFlag });
  return { ...plain, encap: [...(plain.encap ?? []), row] };
};
const flowRow = ({ inner }: Kind, tunnel: number, change: object = {}): NonNullable<RowSet['flow']>[number] => {
  const { client, server } = talkers[inner];
  const ends = { endpointIp: server.ip, endpointPort: 0, clientIp: client.ip, clientPort: identifier };
  return { key: { ...ends, protocol: icmpProtocols[inner] }, value: { tunnel, group: 2, service: 1, ...change } };
};
const remembered = ({ inner }: Kind, tunnel = tunnelId): readonly ExpectedFlow[] => {
  const { client, server } = talkers[inner];
  const text = (ip: Ip, port: number): string => (inner === 6 ? `[${ip}]:${port}` : `${ip}:${port}`);
  const ends = { endpoint: text(server.ip, 0), client: text(client.ip, identifier) };
  return [{ ...ends, tunnel, group: 2, service: 1, protocol: icmpProtocols[inner] }];
};

/** What is no echo, of whatever it has the type. */
const notEcho = (kind: Kind): readonly (readonly [name: string, fields: Fields])[] => [
  ['in a first fragment', { fragment: fragmentBits.moreFragments }],
  ['in a later fragment', { fragment: 3 }],
  kind.inner === 4
    ? ['with options', { options: Uint8Array.of(1, 1, 1, 0) }]
    : ['with an extension header', { extensions: [paddingExtension(extensionTypes.hopByHop)] }],
];

function answered(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const text = kindText(kind);
  const to = (ip: Ip, fields: Fields = {}): Uint8Array =>
    request(client.ip, ip, { ...macs, ttl: 9, tos: 0x20, ...fields });
  const from = (ip: Ip, fields: Fields = {}): Uint8Array =>
    reply(ip, client.ip, { ...macs, ttl: 64, tos: 0x20, ...fields });
  const rows = at(kind, answerRow(kind));
  const answer = (name: string, fields: Fields, rest: Rest = {}): PacketRecord =>
    stops('to-proxy', kind, `${text}: ${name}`, 'echo-answered', to(proxy.ip, fields), {
      rows,
      out: from(proxy.ip, fields),
      action: redirected,
      counted: [],
      ...withEcho,
      ...rest,
    });
  const left = (name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
    stops('to-proxy', kind, `${text}: ${name}`, 'pass-not-ours', packet, { rows, ...withEcho, ...rest });
  const typeOf = (type: number, code = 0): Uint8Array =>
    buildIcmp({ source: client.ip, destination: proxy.ip, type, code, word: 0x12340007 });
  const { echoRequest, echoReply } = icmpTypes[kind.inner];
  return [
    answer('an echo request is answered', {}),
    answer('an echo request without data is answered', { payload: new Uint8Array(0) }),
    answer('an echo request of an odd length is answered', { payload: bytes(33) }),
    answer('an echo request whose sum wraps is answered', {
      payload: Uint8Array.of(0xff, 0xff, 0xff, 0xff),
      identifier: 0xffff,
    }),
    answer(
      'what this host itself asks is answered at the ingress of the device',
      {},
      {
        local: true,
        out: from(proxy.ip, turnedMacs),
      },
    ),
    left('an echo request to another address is not ours', to(server.ip)),
    left('an echo reply is not ours', typeOf(echoReply)),
    left('an echo request of code 1 is not ours', typeOf(echoRequest, 1)),
    left('where no address is asked for echo, it is not ours', to(proxy.ip), { rows: gatewayOf(kind) }),
    left('where no service says a word of echo, it is not ours', to(proxy.ip), { topologyFeatures: featureBits.ipv6 }),
    ...notEcho(kind).map(([name, fields]) => left(`an echo request ${name} is not ours`, to(proxy.ip, fields))),
    stops(
      'to-proxy',
      kind,
      `${text}: an echo request that is longer than it says is refused`,
      'bad-inner',
      padded(to(proxy.ip), 1),
      {
        rows,
        counted: [],
        ...withEcho,
      },
    ),
  ];
}

function carried(kind: Kind): PacketRecord[] {
  const { client, proxy, server } = talkers[kind.inner];
  const { gateway, node, otherGateway } = tunnelEnds[kind.outer];
  const text = kindText(kind);
  const rows = at(kind, carryRow(kind));
  const asked = request(client.ip, proxy.ip);
  const delivered = request(client.ip, server.ip);
  const answer = reply(server.ip, client.ip);
  const returned = reply(proxy.ip, client.ip);
  const verify = { flags: echoFlag };
  const flow = [flowRow(kind, tunnelId)];
  const known = (change: RowSet = {}, flags: number = echoFlag): RowSet => nodeOf(kind, { flow, ...change }, { flags });
  const left = (name: string, change: RowSet, packet = answer, rest: Rest = {}): PacketRecord =>
    stops('from-server', kind, `${text}: ${name}`, 'pass-not-ours', packet, {
      rows: known(change),
      ...withEcho,
      ...rest,
    });
  const refused = (way: 'from-proxy' | 'to-server', name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
    stops(way, kind, `${text}: ${name}`, 'wrong-endpoint', packet, { verify, ...withEcho, ...rest });
  const twoTunnels = [
    tunnelRow(tunnelId, node, gateway),
    tunnelRow(200, node, otherGateway, { counter: otherTunnelCounter }),
  ];
  const two = (change: RowSet = {}): RowSet =>
    nodeOf(kind, { tunnel: twoTunnels, ...change }, { flags: echoFlag, tunnels: [tunnelId, 200, 0, 0] });
  return [
    passes('to-proxy', kind, `${text}: an echo request is carried`, asked, asked, { rows, ...withEcho }),
    passes('to-server', kind, `${text}: an echo request goes on to the endpoint, and is remembered`, asked, delivered, {
      verify,
      flows: remembered(kind),
      ...withEcho,
    }),
    passes('from-server', kind, `${text}: an echo reply leaves in the proxy's name`, answer, returned, {
      rows: known(),
      ...withEcho,
    }),
    passes('from-proxy', kind, `${text}: an echo reply comes out of its tunnel`, returned, returned, {
      verify,
      ...withEcho,
    }),
    passes('from-server', kind, `${text}: a reply follows its request`, answer, returned, {
      verify,
      before: [{ hook: 'ingress', packet: met('to-server', kind, asked), verdict: 'decapsulated' }],
      ...withEcho,
    }),
    passes('to-server', kind, `${text}: by which tunnel a request came is remembered`, asked, delivered, {
      packet: through(otherGateway, node, asked),
      rows: two(),
      flows: remembered(kind, 200),
      counted: [serviceCounter, otherTunnelCounter],
      ...withEcho,
    }),
    passes('from-server', kind, `${text}: a reply goes by the tunnel of its request`, answer, returned, {
      rows: two({ flow: [flowRow(kind, 200)] }),
      out: through(node, otherGateway, returned),
      counted: [serviceCounter, otherTunnelCounter],
      ...withEcho,
    }),
    stops('from-server', kind, `${text}: in mode dso a reply leaves straight`, 'returned-direct', answer, {
      rows: known({}, echoFlag | dso),
      out: returned,
      ...withEcho,
    }),
    left('a reply that nobody asked for is not touched', { flow: [] }),
    left('a reply with another identifier is not touched', {}, reply(server.ip, client.ip, { identifier: 0x1235 })),
    left('a reply to another client is not touched', {}, reply(server.ip, proxy.ip)),
    left('an echo request of an endpoint is not touched', {}, request(server.ip, client.ip)),
    left('a reply for a service that is gone is not touched', { flow: [flowRow(kind, tunnelId, { service: 9 })] }),
    left('a reply for a service that carries no echo is not touched', {}, answer, { rows: known({}, 0) }),
    left('a reply for a service that has moved is not touched', {}, answer, {
      rows: nodeOf(kind, { flow }, { flags: echoFlag, endpointIp: client.ip }),
    }),
    left('where no service says a word of echo, a reply is not touched', {}, answer, {
      topologyFeatures: featureBits.ipv6,
    }),
    ...notEcho(kind).map(([name, fields]) =>
      left(`a reply ${name} is not touched`, {}, reply(server.ip, client.ip, fields)),
    ),

    refused('to-server', 'an echo request for a service that carries none', asked, { verify: { flags: 0 } }),
    refused('to-server', 'an echo request where no service says a word of echo', asked, {
      topologyFeatures: featureBits.ipv6,
    }),
    refused('to-server', 'an echo request to another address', delivered),
    refused('to-server', 'an echo reply to a node', reply(client.ip, proxy.ip)),
    refused('from-proxy', 'an echo request from a node', request(proxy.ip, client.ip)),
    refused('from-proxy', 'an echo reply of another address', answer),
    refused('from-proxy', 'an echo reply of a service that carries none', returned, { verify: { flags: 0 } }),
    ...notEcho(kind)
      .filter(([name]) => name !== 'in a later fragment')
      .map(([name, fields]) => refused('to-server', `an echo request ${name}`, request(client.ip, proxy.ip, fields))),
    stops(
      'to-server',
      kind,
      `${text}: a later fragment of an echo request has no first`,
      'fragment',
      request(client.ip, proxy.ip, { fragment: 3 }),
      {
        verify,
        counted: both,
        ...withEcho,
      },
    ),

    stops(
      'to-proxy',
      kind,
      `${text}: an echo request that ends before it says is refused`,
      'bad-inner',
      padded(asked, 1),
      { rows, ...withEcho },
    ),
    stops('to-proxy', kind, `${text}: without tunnel an echo request is dropped`, 'no-tunnel', asked, {
      rows: at(kind, carryRow(kind), { tunnel: [] }),
      ...withEcho,
    }),
    stops(
      'to-proxy',
      kind,
      `${text}: an echo request that is too long is dropped`,
      'too-big',
      request(client.ip, proxy.ip, { payload: bytes(1600) }),
      {
        rows,
        ...withEcho,
      },
    ),
    stops('to-server', kind, `${text}: without endpoint an echo request is dropped`, 'no-nat', asked, {
      verify: { ...verify, endpointPort: 0 },
      ...withEcho,
    }),
  ];
}

export const echo: readonly PacketRecord[] = [
  ...[tcpOf(4), tcpOf(6), udpOf(4, 6)].flatMap(answered),
  ...[tcpOf(4), udpOf(6), tcpOf(6, 4), tcpOf(4, 6)].flatMap(carried),
];
