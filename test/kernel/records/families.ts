// The scene in every combination of families: who is at the tunnel's ends, and who talks through it.
import { type Endpoint, protocolNumbers } from '../../../src/net/endpoint.ts';
import type { Family } from '../../../src/net/ip.ts';
import { checksum, pseudoHeaderSum } from '../../../src/packet/checksum.ts';
import { buildTcp, buildUdp, type TcpSegment, tcpFlags, type UdpDatagram } from '../../../src/packet/transport.ts';
import { featureBits } from '../../../src/tables/features.ts';
import type { VerifyValue } from '../../../src/tables/verify.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  accepting,
  addressRow,
  client,
  encapRow,
  endpoint,
  gateway,
  natRows,
  node,
  otherGateway,
  proxy,
  server,
  stranger,
  tunnelId,
  tunnelRow,
  verifyRow,
} from './scene.ts';

export const tunnelEnds = {
  4: { gateway, node, otherGateway, stranger },
  6: {
    gateway: endpoint('[2001:db8:1::4]:6080'),
    node: endpoint('[2001:db8:1::3]:6080'),
    otherGateway: endpoint('[2001:db8:1::5]:6080'),
    stranger: endpoint('[2001:db8:7::7]:1234'),
  },
} as const;

export const talkers = {
  4: { client, proxy, server },
  6: {
    client: endpoint('[2001:db8:9::9]:40000'),
    proxy: endpoint('[2001:db8:5::5]:3100'),
    server: endpoint('[2001:db8:8::8]:4000'),
  },
} as const;

/** What is carried, and over what. */
export interface Kind {
  readonly outer: Family;
  readonly inner: Family;
  readonly protocol: number;
}

const { tcp, udp } = protocolNumbers;
const families: readonly Family[] = [4, 6];
/** The kinds that most records are of. */
export const tcpOf = (inner: Family, outer: Family = inner): Kind => ({ outer, inner, protocol: tcp });
export const udpOf = (inner: Family, outer: Family = inner): Kind => ({ outer, inner, protocol: udp });
export const kinds: readonly Kind[] = families.flatMap((outer) =>
  families.flatMap((inner) => [tcp, udp].map((protocol) => ({ outer, inner, protocol }))),
);

/** A load that knows IPv6. */
export const bothFamilies = { topologyFeatures: featureBits.ipv6 } as const satisfies Partial<PacketRecord>;

export function kindText({ outer, inner, protocol }: Kind): string {
  return `${protocol === tcp ? 'TCP' : 'UDP'} of IPv${inner} over IPv${outer}`;
}

/** What can be said of a segment or a datagram beside its ends. */
export type Fields = Omit<Partial<TcpSegment & UdpDatagram>, 'source' | 'destination'>;

/** A segment of a flow, or a datagram. */
export function sent(protocol: number, source: Endpoint, destination: Endpoint, fields: Fields = {}): Uint8Array {
  const ends = { source, destination, ...fields };
  return protocol === tcp ? buildTcp({ flags: tcpFlags.ack, ...ends }) : buildUdp(ends);
}

/** The four packets of a conversation: what the client sends, what the server gets, answers, and what the client gets. */
export const requestOf = ({ inner, protocol }: Kind, fields: Fields = {}): Uint8Array =>
  sent(protocol, talkers[inner].client, talkers[inner].proxy, fields);
export const deliveredOf = ({ inner, protocol }: Kind, fields: Fields = {}): Uint8Array =>
  sent(protocol, talkers[inner].client, talkers[inner].server, fields);
export const answerOf = ({ inner, protocol }: Kind, fields: Fields = {}): Uint8Array =>
  sent(protocol, talkers[inner].server, talkers[inner].client, fields);
export const replyOf = ({ inner, protocol }: Kind, fields: Fields = {}): Uint8Array =>
  sent(protocol, talkers[inner].proxy, talkers[inner].client, fields);

/** A UDP payload by which the checksum of a datagram between these two comes out as zero, which is sent as ffff. */
export function zeroSum(source: Endpoint, destination: Endpoint): Uint8Array {
  const ports = Uint8Array.of(source.port >> 8, source.port & 255, destination.port >> 8, destination.port & 255);
  const missing = checksum(Uint8Array.of(...ports, 0, 10, 0, 0), pseudoHeaderSum(source.ip, destination.ip, udp, 10));
  return Uint8Array.of(missing >> 8, missing & 255);
}

function verifyOf({ inner, protocol }: Kind, change: Partial<VerifyValue>): RowSet {
  const { proxy: from, server: to } = talkers[inner];
  const row = verifyRow({
    protocol,
    proxyIp: from.ip,
    proxyPort: from.port,
    endpointIp: to.ip,
    endpointPort: to.port,
    ...change,
  });
  return { verify: [row] };
}

/** A gateway's rows, or with these changes to its service's. */
export function gatewayOf(kind: Kind, change: RowSet = {}, service: Partial<VerifyValue> = {}): RowSet {
  const ends = tunnelEnds[kind.outer];
  const to = talkers[kind.inner].proxy;
  return {
    tunnel: [tunnelRow(tunnelId, ends.gateway, ends.node)],
    encap: [encapRow(kind.protocol, {}, to), addressRow(kind.protocol, to.ip)],
    decap: accepting(ends.gateway),
    ...verifyOf(kind, service),
    ...change,
  };
}

/** A node's, alike. */
export function nodeOf(kind: Kind, change: RowSet = {}, service: Partial<VerifyValue> = {}): RowSet {
  const ends = tunnelEnds[kind.outer];
  const { proxy: from, server: to } = talkers[kind.inner];
  return {
    tunnel: [tunnelRow(tunnelId, ends.node, ends.gateway)],
    decap: accepting(ends.node),
    nat: natRows(kind.protocol, to, from),
    ...verifyOf(kind, service),
    ...change,
  };
}
