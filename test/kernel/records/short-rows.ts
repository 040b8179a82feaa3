// A tunnel with the short header: its rows at either end, and what it makes of a frame.
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { shortData } from '../../../src/packet/gue.ts';
import type { IpFields } from '../../../src/packet/ip.ts';
import { packetOf } from '../../../src/packet/ipv4.ts';
import { readFrame } from '../../../src/packet/read.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { featureBits } from '../../../src/tables/features.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import type { VerifyValue } from '../../../src/tables/verify.ts';
import { gatewayOf, type Kind, nodeOf, talkers, tunnelEnds } from './families.ts';
import type { RowSet } from './record.ts';
import { natInRow, through, tunnelId, tunnelRow } from './scene.ts';
import type { Rest, Way } from './ways.ts';

/** The number that each end has for the tunnel of the other one. */
export const remoteId = 0x01020304;
export const withShort: Rest = { topologyFeatures: featureBits.short | featureBits.ipv6 };
const toGateway = { 'to-proxy': false, 'from-proxy': true, 'to-server': false, 'from-server': true } as const;

/** The two ends of what goes this way. */
export function endsOf(way: Way, { outer }: Kind): readonly [Endpoint, Endpoint] {
  const { gateway, node } = tunnelEnds[outer];
  return toGateway[way] ? [node, gateway] : [gateway, node];
}

/** As it is in the tunnel; `id`: the receiver's number. */
export function shortly(way: Way, kind: Kind, frame: Uint8Array, id: number, fields: IpFields = {}): Uint8Array {
  const [source, destination] = endsOf(way, kind);
  // The outer headers are those that the keyed header has.
  const outer = readFrame(through(source, destination, frame));
  return buildUdp({
    source,
    destination,
    tos: outer?.tos ?? 0,
    fragment: outer?.fragment ?? 0,
    payload: shortData(id, packetOf(frame)),
    checksum: 'none',
    ...fields,
  });
}

export function rowsOf(
  way: Way,
  kind: Kind,
  change: RowSet = {},
  verify: Partial<VerifyValue> = {},
  mtu = 1600,
): RowSet {
  const { gateway, node } = tunnelEnds[kind.outer];
  const isGateway = way === 'to-proxy' || way === 'from-proxy';
  const [local, remote] = isGateway ? [gateway, node] : [node, gateway];
  const { proxy, server } = talkers[kind.inner];
  const short = {
    tunnel: [tunnelRow(tunnelId, local, remote, { flags: tunnelFlags.short, remoteId, mtu })],
    short_header: [
      {
        key: { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port },
        value: { tunnel: tunnelId },
      },
    ],
  };
  if (isGateway) return gatewayOf(kind, { ...short, ...change }, verify);
  const plain = nodeOf(kind, short, verify);
  return { ...plain, nat: [...(plain.nat ?? []), natInRow(kind.protocol, server, proxy)], ...change };
}
