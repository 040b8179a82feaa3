// The tables that the datapath writes: PEER, FLOW, FRAGMENT, PATH, PATH_UNTIL, COUNTER. User space reads them and forgets what is gone.
import { be16, be32, ip, layout, pad, u8, u32, u64 } from '../layout/layout.ts';
import { endText, protocolText, readEnd, readIp, readProtocol, refer, tunnelIds } from './key-words.ts';
import type { LearnedTableDescriptor } from './table.ts';
import { tunnel } from './tunnel.ts';
import { verify } from './verify.ts';

const peerKey = layout('peer_key', { tunnel: u32 });
const peerValue = layout('peer_value', {
  /** A spin lock: zero in what is read, untouched in what is written. */
  lock: u32,
  version: u32,
  epoch: u64,
  /** CLOCK_MONOTONIC. */
  lastSeenNs: u64,
  /** Of the last signed ping; 0: none yet. */
  sequence: u64,
  /** CLOCK_MONOTONIC: when the minute began in which moves are counted. */
  minuteNs: u64,
  remoteIp: ip,
  moves: u32,
  movesInMinute: u32,
  remotePort: be16,
  pad: pad(6),
});
export type PeerKey = ReturnType<typeof peerKey.decode>;
export type PeerValue = ReturnType<typeof peerValue.decode>;

export const peer: LearnedTableDescriptor<PeerKey, PeerValue> = {
  name: 'peer',
  title: 'where the far end of a learned tunnel was last heard',
  key: peerKey,
  value: peerValue,
  keyExample: '100',
  keyText: (k) => String(k.tunnel),
  readKey: (scanner) => ({ tunnel: scanner.number(tunnelIds) }),
  refers: (k) => [refer(tunnel, { id: k.tunnel })],
  show: (k, v, nowNs) => ({
    tunnel: k.tunnel,
    remote: endText({ ip: v.remoteIp, port: v.remotePort }),
    heard: `${seconds(nowNs - v.lastSeenNs)} ago`,
    moves: v.moves,
    epoch: String(v.epoch),
  }),
};

const flowKey = layout('flow_key', {
  endpointIp: ip,
  clientIp: ip,
  endpointPort: be16,
  clientPort: be16,
  protocol: u8,
  pad: pad(3),
});
const flowValue = layout('flow_value', { tunnel: u32, group: be16, service: be16 });
export type FlowKey = ReturnType<typeof flowKey.decode>;
export type FlowValue = ReturnType<typeof flowValue.decode>;

export const flow: LearnedTableDescriptor<FlowKey, FlowValue> = {
  name: 'flow',
  title: 'which tunnel carried the request of a flow',
  key: flowKey,
  value: flowValue,
  keyExample: 'tcp 198.51.100.7:40000 > 10.0.0.1:80',
  keyText: (k) => {
    const client = { ip: k.clientIp, port: k.clientPort };
    const endpoint = { ip: k.endpointIp, port: k.endpointPort };
    // Of echo the port of the client is its identifier.
    return endpoint.port === 0
      ? `${protocolText(k.protocol)} ${client.ip} > ${endpoint.ip} id ${client.port}`
      : `${protocolText(k.protocol)} ${endText(client)} > ${endText(endpoint)}`;
  },
  readKey: (scanner) => {
    const protocol = readProtocol(scanner);
    const client = readEnd(scanner);
    scanner.oneOf(['>']);
    const endpoint = readEnd(scanner);
    const isEcho = endpoint.port === 0;
    if (isEcho) scanner.oneOf(['id']);
    return {
      protocol,
      endpointIp: endpoint.ip,
      endpointPort: endpoint.port,
      clientIp: client.ip,
      clientPort: isEcho ? scanner.number([0, 65535, 'an identifier']) : client.port,
    };
  },
  refers: (_key, v) => [refer(tunnel, { id: v.tunnel }), refer(verify, { group: v.group, service: v.service })],
  show: (_key, v) => ({ tunnel: v.tunnel, group: v.group, service: v.service }),
};

const fragmentKey = layout('fragment_key', {
  sourceIp: ip,
  destinationIp: ip,
  /** IPv4: its last two bytes. */
  id: be32,
  protocol: u8,
  pad: pad(3),
});
const fragmentValue = layout('fragment_value', { sourcePort: be16, destinationPort: be16 });

export const fragment: LearnedTableDescriptor<
  ReturnType<typeof fragmentKey.decode>,
  ReturnType<typeof fragmentValue.decode>
> = {
  name: 'fragment',
  title: 'ports of first fragments, for their later ones',
  key: fragmentKey,
  value: fragmentValue,
  keyExample: 'udp 198.51.100.7 > 5.5.5.5 id 7',
  keyText: (k) => `${protocolText(k.protocol)} ${k.sourceIp} > ${k.destinationIp} id ${k.id}`,
  readKey: (scanner) => {
    const protocol = readProtocol(scanner);
    const sourceIp = readIp(scanner);
    scanner.oneOf(['>']);
    const destinationIp = readIp(scanner);
    scanner.oneOf(['id']);
    return { protocol, sourceIp, destinationIp, id: scanner.number([0, 4294967295, 'an identification']) };
  },
  refers: () => [],
  show: (_key, v) => ({ sourcePort: v.sourcePort, destinationPort: v.destinationPort }),
};

const pathKey = layout('path_key', { localIp: ip, remoteIp: ip });
const pathValue = layout('path_value', {
  /** CLOCK_MONOTONIC. */
  untilNs: u64,
  /** Bytes of the longest outer packet. */
  mtu: u32,
  pad: pad(4),
});
export type PathKey = ReturnType<typeof pathKey.decode>;
export type PathValue = ReturnType<typeof pathValue.decode>;

export const path: LearnedTableDescriptor<PathKey, PathValue> = {
  name: 'path',
  title: 'what the underlay said it carries between two addresses',
  key: pathKey,
  value: pathValue,
  keyExample: '172.1.0.3 > 172.1.0.4',
  keyText: (k) => `${k.localIp} > ${k.remoteIp}`,
  readKey: (scanner) => {
    const localIp = readIp(scanner);
    scanner.oneOf(['>']);
    return { localIp, remoteIp: readIp(scanner) };
  },
  refers: () => [],
  show: (_key, v, nowNs) => ({ mtu: v.mtu, for: v.untilNs > nowNs ? seconds(v.untilNs - nowNs) : 'expired' }),
};

/** PATH_UNTIL is one u64: when the last row of PATH ends (CLOCK_MONOTONIC, ns; 0: there never was one). */
export const pathUntilBytes = 8;

/** COUNTER holds blocks of 256 {packets, bytes} pairs of u64, per CPU; see bpf/include/tables.h. */
export const counterLayout = {
  perBlock: 256,
  perHook: 64,
  /** First index that a row may be given. */
  first: 128,
  /** Indexes of one service or tunnel: hook * 2 + dropped. */
  perRow: 4,
} as const;

function seconds(ns: bigint): string {
  return `${(Number(ns > 0n ? ns : 0n) / 1e9).toFixed(1)} s`;
}
