// What a tunnel with the short header refuses: it is taken only between the tunnel's ends, and opens nothing but its services.
import { gueData, guePing, gueSignedPing, shortData, shortPing, shortThen } from '../../../src/packet/gue.ts';
import { fragmentBits, packetOf } from '../../../src/packet/ipv4.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { featureBits } from '../../../src/tables/features.ts';
import type { VerifyValue } from '../../../src/tables/verify.ts';
import { errorOn } from './errors.ts';
import {
  gatewayOf,
  type Kind,
  kindText,
  replyOf,
  requestOf,
  sent,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './families.ts';
import type { PacketRecord, RowSet } from './record.ts';
import { both, bytes, key, service, through, tunnelCounter, tunnelId } from './scene.ts';
import { endsOf, remoteId, rowsOf, shortly, withShort } from './short-rows.ts';
import { type Rest, stops, type Way } from './ways.ts';

/** Refused in the right tunnel. */
const refused = (
  way: Way,
  kind: Kind,
  name: string,
  verdict: PacketRecord['verdict'],
  frame: Uint8Array,
  rest: Rest = {},
): PacketRecord =>
  stops(way, kind, `${way}: ${name}`, verdict, frame, {
    packet: shortly(way, kind, frame, tunnelId),
    rows: rowsOf(way, kind),
    counted: [tunnelCounter],
    ...withShort,
    ...rest,
  });

/** A payload between the two ends. */
const payload = (
  way: Way,
  kind: Kind,
  name: string,
  verdict: PacketRecord['verdict'],
  data: Uint8Array,
  rest: Rest = {},
): PacketRecord => {
  const [source, destination] = endsOf(way, kind);
  return refused(way, kind, name, verdict, replyOf(kind), {
    packet: buildUdp({ source, destination, payload: data, checksum: 'none' }),
    counted: [],
    ...rest,
  });
};

const [four, six] = [tcpOf(4), tcpOf(6)];
const inbound = ['from-proxy', 'to-server'] as const;
const packetOn = { 'from-proxy': replyOf, 'to-server': requestOf } as const;
const signKey = bytes(16);
const wrongVersion = shortThen(0x4504a000, tunnelId, packetOf(replyOf(four)));

function between(way: (typeof inbound)[number], kind: Kind): PacketRecord[] {
  const frame = packetOn[way](kind);
  const inner = packetOf(frame);
  const name = (what: string): string => `${kindText(kind)}: ${what}`;
  const [source, destination] = endsOf(way, kind);
  const { stranger } = tunnelEnds[kind.outer];
  const { client, server } = talkers[kind.inner];
  const elsewhere = way === 'from-proxy' ? sent(kind.protocol, server, client) : sent(kind.protocol, client, server);
  const rows = (change: RowSet, verify: Partial<VerifyValue> = {}): Rest => ({
    rows: rowsOf(way, kind, change, verify),
  });
  const verdictOfPing = way === 'from-proxy' ? 'ping-accepted' : 'ping-refused';
  return [
    payload(way, kind, name('the number of another tunnel'), 'wrong-tunnel', shortData(remoteId, inner)),
    payload(
      way,
      kind,
      name('keyed data, whose group and service are no such number'),
      'wrong-tunnel',
      gueData(service, inner),
    ),
    payload(way, kind, name('a header that is cut short'), 'bad-header', shortData(tunnelId, inner).slice(0, 7)),
    payload(way, kind, name('a header with nothing behind it'), 'bad-inner', shortData(tunnelId, inner).slice(0, 8), {
      counted: [tunnelCounter],
    }),
    payload(way, kind, name('another version'), 'bad-version', wrongVersion),
    payload(way, kind, name('a word that says nothing'), 'bad-header', shortThen(0x0604a000, tunnelId, inner)),
    payload(way, kind, name('a signed ping'), 'bad-header', gueSignedPing(service, tunnelId, 1n, signKey)),
    payload(way, kind, name('a keyed ping'), 'bad-header', guePing(service, tunnelId)),
    payload(way, kind, name('a ping that is too long'), 'bad-header', Uint8Array.of(...shortPing(tunnelId), 0)),
    payload(way, kind, name('a ping that is too short'), 'bad-header', shortPing(tunnelId).slice(0, 7)),
    payload(way, kind, name('a ping'), verdictOfPing, shortPing(tunnelId), {
      peers: [],
      counted: way === 'from-proxy' ? [tunnelCounter] : [],
    }),
    payload(
      way,
      kind,
      name('a ping with another number'),
      way === 'from-proxy' ? 'wrong-tunnel' : 'ping-refused',
      shortPing(remoteId),
    ),
    payload(way, kind, name('a tunnel without row'), 'no-tunnel', shortData(tunnelId, inner), rows({ tunnel: [] })),

    refused(way, kind, name('another endpoint'), 'wrong-endpoint', elsewhere),
    refused(
      way,
      kind,
      name('a service that may not use the tunnel'),
      'wrong-endpoint',
      frame,
      rows({}, { tunnels: [200, 0, 0, 0] }),
    ),
    refused(way, kind, name('a service that is gone'), 'wrong-endpoint', frame, rows({ verify: [] })),
    refused(way, kind, name('an endpoint that nobody has'), 'wrong-endpoint', frame, rows({ encap: [], nat: [] })),
    refused(way, kind, name('another protocol'), 'wrong-endpoint', packetOn[way](udpOf(kind.inner, kind.outer))),
    refused(way, kind, name('ICMP'), 'wrong-endpoint', errorOn(way, kind)[0]),
    refused(way, kind, name('bytes behind the packet inside'), 'bad-inner', frame, {
      packet: buildUdp({
        source,
        destination,
        payload: shortData(tunnelId, Uint8Array.of(...inner, 0)),
        checksum: 'none',
      }),
    }),
    refused(
      way,
      kind,
      name('a later fragment without its first'),
      'fragment',
      packetOn[way](kind, { fragment: 2, id: 7 }),
      {
        packet: shortly(way, kind, packetOn[way](kind, { fragment: 2, id: 7 }), tunnelId, {
          fragment: fragmentBits.dontFragment,
        }),
      },
    ),
    refused(way, kind, name('congestion that nobody inside knows of'), 'congested', frame, {
      packet: shortly(way, kind, frame, tunnelId, { tos: 3 }),
      counted: both,
    }),

    stops(
      way,
      kind,
      `${way}: ${name('from elsewhere it is taken for a keyed one, and unknown')}`,
      'unknown-service',
      frame,
      {
        packet: buildUdp({ source: stranger, destination, payload: shortData(tunnelId, inner), checksum: 'none' }),
        rows: rowsOf(way, kind),
        ...withShort,
      },
    ),
    stops(way, kind, `${way}: ${name('from another port it is taken for a keyed one')}`, 'unknown-service', frame, {
      packet: buildUdp({
        source: { ...source, port: stranger.port },
        destination,
        payload: shortData(tunnelId, inner),
        checksum: 'none',
      }),
      rows: rowsOf(way, kind),
      ...withShort,
    }),
    stops(way, kind, `${way}: ${name('a ping from elsewhere is a keyed one of another length')}`, 'bad-header', frame, {
      packet: buildUdp({ source: stranger, destination, payload: shortPing(tunnelId), checksum: 'none' }),
      rows: rowsOf(way, kind),
      ...withShort,
    }),
    stops(way, kind, `${way}: ${name('a key does not open a tunnel with the short header')}`, 'wrong-tunnel', frame, {
      packet: through(stranger, destination, frame),
      rows: rowsOf(way, kind),
      ...withShort,
    }),
    stops(way, kind, `${way}: ${name('a wrong key does not either')}`, 'bad-key', frame, {
      packet: through(stranger, destination, frame, {}, { ...service, key: key.map((byte) => byte ^ 1) }),
      rows: rowsOf(way, kind),
      ...withShort,
    }),
    stops(
      way,
      kind,
      `${way}: ${name('where no tunnel has the short header it is a keyed one')}`,
      'unknown-service',
      frame,
      {
        packet: shortly(way, kind, frame, tunnelId),
        rows: rowsOf(way, kind),
        topologyFeatures: featureBits.ipv6,
      },
    ),
    stops(way, kind, `${way}: ${name('GUE to another host is not ours')}`, 'pass-not-ours', frame, {
      packet: buildUdp({ source, destination: stranger, payload: shortData(tunnelId, inner), checksum: 'none' }),
      rows: rowsOf(way, kind),
      ...withShort,
    }),
  ];
}

export const shortRefused: readonly PacketRecord[] = [
  ...inbound.flatMap((way) => [four, six].flatMap((kind) => between(way, kind))),
  stops(
    'from-proxy',
    four,
    'a row of a service that asks for an interface is none for the way back',
    'wrong-endpoint',
    replyOf(four),
    {
      packet: shortly('from-proxy', four, replyOf(four), tunnelId),
      rows: rowsOf('from-proxy', four, {
        encap: (gatewayOf(four).encap ?? []).map(({ key: k, value }) => ({ key: { ...k, ifindex: 7 }, value })),
      }),
      counted: [tunnelCounter],
      ...withShort,
    },
  ),
];
