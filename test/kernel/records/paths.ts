// What the underlay says of its MTU: heard at ingress, kept for ten minutes, and from then on what a tunnel takes.
import { protocolNumbers } from '../../../src/net/endpoint.ts';
import type { Family } from '../../../src/net/ip.ts';
import { tooBigErrors } from '../../../src/packet/icmp.ts';
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { extensionTypes, paddingExtension } from '../../../src/packet/ipv6.ts';
import { tcpFlags } from '../../../src/packet/transport.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { type ErrorFields, errorAbout, routers } from './errors.ts';
import {
  answerOf,
  deliveredOf,
  type Fields,
  gatewayOf,
  type Kind,
  nodeOf,
  replyOf,
  requestOf,
  sent,
  talkers,
  tcpOf,
  tunnelEnds,
} from './families.ts';
import type { ExpectedPath, Moment, PacketRecord, RowSet } from './record.ts';
import { bytes, endpoint, mutated, through, tooBigAnswer, tunnelId, tunnelRow } from './scene.ts';
import { passes, type Rest, stops } from './ways.ts';

const { tcp } = protocolNumbers;
const redirected = 7;
const otherPort = endpoint('192.0.2.1:6081').port;
const plain = (outer: Family): Kind => tcpOf(4, outer);

/** Too big, as a router says it of what left for the node. */
const tooBig = (family: Family, mtu: number, fields: ErrorFields = {}, quoted?: Uint8Array): Uint8Array => {
  const { gateway, node } = tunnelEnds[family];
  const left = quoted ?? through(gateway, node, requestOf(plain(family)));
  return errorAbout(left, routers[family], gateway.ip, {
    ...tooBigErrors[family],
    word: mtu,
    transportBytes: 8,
    ...fields,
  });
};
const known = (family: Family, mtu: number, renewed = true): readonly ExpectedPath[] => {
  const { gateway, node } = tunnelEnds[family];
  return [{ local: gateway.ip, remote: node.ip, mtu, renewed }];
};
const second = 1_000_000_000n;
/** What was said between the tunnel's ends; `left`: seconds for which it still holds. */
const pathRow = (family: Family, mtu: number, { monotonicNs }: Moment, left = 60n): NonNullable<RowSet['path']> => {
  const { gateway, node } = tunnelEnds[family];
  return [{ key: { localIp: gateway.ip, remoteIp: node.ip }, value: { untilNs: monotonicNs + left * second, mtu } }];
};

const heard = (family: Family, name: string, packet: Uint8Array, mtu: number, rest: Rest = {}): PacketRecord =>
  stops('from-proxy', plain(family), `IPv${family}: ${name}`, 'path-mtu-lowered', packet, {
    packet,
    paths: known(family, mtu),
    ...rest,
  });
const ignored = (family: Family, name: string, packet: Uint8Array, rest: Rest = {}): PacketRecord =>
  stops('from-proxy', plain(family), `IPv${family}: ${name}`, 'pass-not-ours', packet, { packet, paths: [], ...rest });

/** With a row that is there already. */
const after = (family: Family, left: bigint, row: number, name: string, says: number, mtu: number): PacketRecord =>
  heard(family, name, tooBig(family, says), mtu, {
    now: (moment) => ({ rows: gatewayOf(plain(family), { path: pathRow(family, row, moment, left) }) }),
  });

const leastOf = { 4: 628, 6: 1280 } as const;
const options: Readonly<Record<Family, ErrorFields>> = {
  4: { options: Uint8Array.of(1, 1, 1, 0) },
  6: { extensions: [paddingExtension(extensionTypes.destinationOptions)] },
};

function ofFamily(family: Family): PacketRecord[] {
  const { gateway, node, otherGateway } = tunnelEnds[family];
  const least = leastOf[family];
  const kind = plain(family);
  const quoted = through(gateway, node, requestOf(kind));
  const between = (source: typeof gateway, destination: typeof gateway): Uint8Array =>
    tooBig(family, 1400, {}, through(source, destination, requestOf(kind)));
  return [
    heard(family, 'a path is narrower', tooBig(family, 1400), 1400),
    heard(
      family,
      'a path is narrower, in more than 8 bytes of quote',
      tooBig(family, 1400, { transportBytes: 60 }),
      1400,
    ),
    heard(family, 'a path is as narrow as can be', tooBig(family, least), least),
    heard(family, 'a path is narrower than can be', tooBig(family, least - 1), least),
    heard(family, 'a path is said to carry 68 bytes', tooBig(family, 68), least),
    heard(family, 'a path is wider than the tunnel', tooBig(family, 9000), 9000),
    ignored(family, 'a path is said to carry 67 bytes', tooBig(family, 67)),
    after(family, 60n, 1500, 'a known path is narrower still', 1400, 1400),
    after(family, 60n, 1400, 'a known path is as narrow as before: for ten minutes more', 1400, 1400),
    after(family, 60n, 1300, 'a known path does not become wider', 1400, 1300),
    after(family, -1n, 1300, 'a path that has expired is as wide as is said now', 1400, 1400),
    ignored(family, 'about what another host sent', between(otherGateway, node)),
    ignored(family, 'about what left another port', between({ ...gateway, port: otherPort }, node)),
    heard(family, 'about what left for another host', between(gateway, otherGateway), 1400, {
      paths: [{ local: gateway.ip, remote: otherGateway.ip, mtu: 1400, renewed: true }],
    }),
    ignored(family, 'about TCP', tooBig(family, 1400, {}, sent(tcp, gateway, node))),
    ignored(family, 'another code', tooBig(family, 1400, { code: 5 })),
    ignored(family, 'another type', tooBig(family, 1400, { type: family === 4 ? 11 : 1 })),
    ignored(family, 'a quote of 7 bytes of UDP', tooBig(family, 1400, { transportBytes: 7 })),
    ignored(
      family,
      'a quote with options',
      tooBig(family, 1400, {}, through(gateway, node, requestOf(kind), options[family])),
    ),
    heard(
      family,
      'a quote of a first fragment',
      tooBig(family, 1400, {}, through(gateway, node, requestOf(kind), { fragment: fragmentBits.moreFragments })),
      1400,
    ),
    ignored(
      family,
      'a quote of a later fragment',
      tooBig(family, 1400, {}, through(gateway, node, requestOf(kind), { fragment: 9 })),
    ),
    ignored(family, 'options of its own', tooBig(family, 1400, options[family])),
    ignored(family, 'a first fragment', tooBig(family, 1400, { fragment: fragmentBits.moreFragments })),
    ignored(family, 'a later fragment', tooBig(family, 1400, { fragment: 1 })),
    stops('to-server', kind, `IPv${family}: a node hears it as well`, 'path-mtu-lowered', quoted, {
      packet: errorAbout(through(node, gateway, replyOf(kind)), routers[family], node.ip, {
        ...tooBigErrors[family],
        word: 1400,
        transportBytes: 8,
      }),
      paths: [{ local: node.ip, remote: gateway.ip, mtu: 1400, renewed: true }],
    }),
  ];
}

/** A tunnel whose source port is the flow's hash has a row for its address alone. */
function ofHashPort(family: Family): PacketRecord[] {
  const { gateway, node } = tunnelEnds[family];
  const rows = gatewayOf(plain(family), {
    tunnel: [tunnelRow(tunnelId, gateway, node, { flags: tunnelFlags.hashPort })],
    decap: [
      { key: gateway, value: { tunnels: 1 } },
      { key: { ip: gateway.ip, port: 0 }, value: { tunnels: 0 } },
    ],
  });
  const about = (port: number): Uint8Array =>
    tooBig(
      family,
      1400,
      {},
      through({ ip: gateway.ip, port: port as typeof gateway.port }, node, requestOf(plain(family))),
    );
  const toPort0 = through(node, { ip: gateway.ip, port: 0 as typeof gateway.port }, replyOf(plain(family)));
  return [
    ...[49152, 65535].map((port) => heard(family, `about a flow's port ${port}`, about(port), 1400, { rows })),
    heard(family, 'about the port of the tunnel itself', about(6080), 1400, { rows }),
    ignored(family, 'about a port below those of flows', about(49151), { rows }),
    ignored(family, 'about port 0', about(0), { rows }),
    ignored(family, 'GUE to port 0 of such an address', toPort0, { rows }),
  ];
}

const mss = (value: number): Fields => ({
  flags: tcpFlags.syn,
  tcpOptions: Uint8Array.of(2, 4, value >> 8, value & 255),
});
const overheads = { 4: 52, 6: 72 } as const;
const headersOf = { 4: 40, 6: 60 } as const;

/** What a tunnel takes afterwards: 1400 bytes and no more. */
function lowered(kind: Kind): PacketRecord[] {
  const text = `IPv${kind.inner} over IPv${kind.outer}`;
  const fits = 1400 - overheads[kind.outer];
  const offers = fits - headersOf[kind.inner];
  const { client, proxy } = talkers[kind.inner];
  const { gateway, stranger } = tunnelEnds[kind.outer];
  const long = requestOf(kind, { payload: bytes(fits - headersOf[kind.inner] + 1) });
  const just = requestOf(kind, { payload: bytes(fits - headersOf[kind.inner]) });
  const said = {
    before: [{ hook: 'ingress', packet: tooBig(kind.outer, 1400), verdict: 'path-mtu-lowered' }],
  } as const;
  const synAck = { ...mss(1460), flags: tcpFlags.syn | tcpFlags.ack };
  const clampedSynAck = { ...mss(offers), flags: tcpFlags.syn | tcpFlags.ack };
  return [
    passes(
      'to-proxy',
      kind,
      `${text}: a SYN offers what the path takes`,
      requestOf(kind, mss(1460)),
      requestOf(kind, mss(offers)),
      said,
    ),
    passes(
      'from-proxy',
      kind,
      `${text}: a SYN with ACK that comes out of the tunnel as well`,
      replyOf(kind, synAck),
      replyOf(kind, clampedSynAck),
      said,
    ),
    passes('to-proxy', kind, `${text}: what fits the path is carried`, just, just, said),
    stops('to-proxy', kind, `${text}: of what does not the sender is told`, 'too-big-answered', long, {
      out: tooBigAnswer(long, { from: proxy, to: client, fits }),
      action: redirected,
      ...said,
    }),
    passes('to-proxy', kind, `${text}: what was said has expired`, long, long, {
      now: (moment) => ({ rows: gatewayOf(kind, { path: pathRow(kind.outer, 1400, moment, -1n) }) }),
    }),
    passes('to-proxy', kind, `${text}: what was said of another path`, long, long, {
      now: (moment) => ({
        rows: gatewayOf(kind, {
          path: pathRow(kind.outer, 1400, moment).map(({ key, value }) => ({
            key: { ...key, remoteIp: stranger.ip },
            value,
          })),
        }),
      }),
    }),
    passes(
      'from-proxy',
      kind,
      `${text}: of a packet that came from elsewhere that path counts`,
      replyOf(kind, synAck),
      replyOf(kind, synAck),
      {
        packet: through(stranger, gateway, replyOf(kind, synAck)),
        ...said,
      },
    ),
    passes(
      'to-server',
      kind,
      `${text}: a node's SYN offers what its path takes`,
      requestOf(kind, mss(1460)),
      deliveredOf(kind, mss(offers)),
      {
        now: (moment) => ({ rows: nodeOf(kind, { path: nodePath(kind.outer, moment) }) }),
      },
    ),
    passes(
      'from-server',
      kind,
      `${text}: a node's SYN with ACK offers what its path takes`,
      answerOf(kind, synAck),
      replyOf(kind, clampedSynAck),
      {
        now: (moment) => ({ rows: nodeOf(kind, { path: nodePath(kind.outer, moment) }) }),
      },
    ),
  ];
}

/** Paths that are said to be narrower than IPv6 can be within a tunnel: told of less than 1280, a sender would be told for ever. */
function narrowerThanIpv6(kind: Kind): PacketRecord[] {
  const text = `IPv6 over IPv${kind.outer}`;
  const { client, proxy } = talkers[6];
  const { gateway, node } = tunnelEnds[kind.outer];
  const ofBytes = (total: number): Uint8Array => requestOf(kind, { payload: bytes(total - headersOf[6]) });
  const [just, long] = [ofBytes(1280), ofBytes(1281)];
  const rows = (mtu: number) => ({
    now: (moment: Moment) => ({
      rows: gatewayOf(kind, {
        path: pathRow(kind.outer, 1280, moment),
        tunnel: [tunnelRow(tunnelId, gateway, node, { mtu })],
      }),
    }),
  });
  const told = (name: string, packet: Uint8Array, mtu: number): PacketRecord =>
    stops('to-proxy', kind, `${text}: ${name}`, 'too-big-answered', packet, {
      out: tooBigAnswer(packet, { from: proxy, to: client, fits: 1280 }),
      action: redirected,
      ...rows(mtu),
    });
  return [
    passes('to-proxy', kind, `${text}: 1280 bytes are sent whatever was said of the path`, just, just, rows(1500)),
    told('what is longer is answered with 1280', long, 1500),
    told('1280 bytes that the tunnel itself does not take are answered', just, 1280),
    passes(
      'to-proxy',
      kind,
      `${text}: a SYN offers what was said of the path all the same`,
      requestOf(kind, mss(1460)),
      requestOf(kind, mss(1280 - overheads[kind.outer] - headersOf[6])),
      rows(1500),
    ),
  ];
}

function nodePath(family: Family, moment: Moment): NonNullable<RowSet['path']> {
  return pathRow(family, 1400, moment).map(({ key, value }) => ({
    key: { localIp: key.remoteIp, remoteIp: key.localIp },
    value,
  }));
}

export const paths: readonly PacketRecord[] = [
  ...([4, 6] as const).flatMap((family) => [...ofFamily(family), ...ofHashPort(family)]),
  heard(4, 'a router that does not say how much counts as saying 628', tooBig(4, 0), 628),
  heard(4, 'what lies above the MTU is not read', mutated(tooBig(4, 1400), 14 + 20 + 4, 0xff), 1400),
  ignored(6, 'a router that says nothing is not heard', tooBig(6, 0)),
  ignored(6, 'a path of 65536 bytes is none', tooBig(6, 65536)),
  ignored(6, 'a path of 65536 bytes and 1400 is none', tooBig(6, 65536 + 1400)),
  heard(6, 'a path of 65535 bytes', tooBig(6, 65535), 65535),
  ignored(6, 'it is not heard where no address is IPv6', tooBig(6, 1400), { topologyFeatures: 0 }),
  ...[tcpOf(4), tcpOf(6), tcpOf(4, 6), tcpOf(6, 4)].flatMap(lowered),
  ...[tcpOf(6), tcpOf(6, 4)].flatMap(narrowerThanIpv6),
];
