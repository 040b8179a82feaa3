// Signed pings as records: what they say depends on the clocks. The sequence is the sender's wall time; this host compares it with
// its own TAI clock, which may run 37 s ahead: what records say of "too old" and "too new" holds either way.
import { formatEndpoint } from '../../../src/net/endpoint.ts';
import { type GueHeader, guePing, gueSignedPing } from '../../../src/packet/gue.ts';
import { buildUdp } from '../../../src/packet/transport.ts';
import { type TunnelValue, tunnelFlags } from '../../../src/tables/tunnel.ts';
import { gatewayOf, tcpOf, tunnelEnds } from './families.ts';
import { knows } from './pings.ts';
import type { Moment, PacketRecord, RowSet } from './record.ts';
import { both, bytes, service, tunnelId, tunnelRow } from './scene.ts';
import { type Rest, stops } from './ways.ts';

const { learned, signed } = tunnelFlags;
const four = tcpOf(4);
const { gateway, node } = tunnelEnds[4];
export const second = 1_000_000_000n;
/** 16 bytes. */
export const signKey = bytes(16).map((byte) => byte ^ 0xa5);

interface Saying {
  /** Of the sequence, beyond the wall clock. */
  readonly ahead?: bigint;
  readonly header?: GueHeader;
  readonly tunnel?: number;
  readonly signedBy?: Uint8Array;
}
export const payload = (
  { wallNs }: Moment,
  { ahead = 0n, header = service, tunnel = tunnelId, signedBy = signKey }: Saying = {},
) => gueSignedPing(header, tunnel, wallNs + ahead, signedBy);
export const from = (data: Uint8Array, source = node, destination = gateway): Uint8Array =>
  buildUdp({ source, destination, payload: data });

/** The learned tunnel of the scene, with a key. */
export const rows = (change: RowSet = {}, tunnel: Partial<TunnelValue> = {}): RowSet =>
  gatewayOf(four, {
    tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: learned | signed, signKey, ...tunnel })],
    ...change,
  });
export const isStatic = (change: Partial<TunnelValue> = {}): RowSet => ({
  tunnel: [tunnelRow(tunnelId, gateway, node, { flags: signed, signKey, ...change })],
});

export const unsigned = from(guePing(service, tunnelId));
/** What it is depends on the clock; without `packet`, it is an unsigned ping. */
export const timed = (
  name: string,
  verdict: PacketRecord['verdict'],
  now: (moment: Moment) => Partial<PacketRecord>,
  rest: Rest = {},
) =>
  stops('from-proxy', four, name, verdict, unsigned, {
    packet: unsigned,
    rows: rows(),
    counted: both,
    now,
    ...rest,
  });
/** A ping from the node. */
export const ping = (
  name: string,
  verdict: PacketRecord['verdict'],
  saying: Saying = {},
  rest: Rest = {},
): PacketRecord => timed(name, verdict, (moment) => ({ packet: from(payload(moment, saying)) }), rest);
export const learnedNow = (name: string, saying: Saying = {}, rest: Rest = {}): PacketRecord =>
  timed(
    name,
    'ping-accepted',
    (moment) => ({
      packet: from(payload(moment, saying)),
      peers: knows(formatEndpoint(node), 0, { sequence: moment.wallNs + (saying.ahead ?? 0n) }),
    }),
    rest,
  );
/** Refused, and nothing was learned. */
export const unlearned = (
  name: string,
  verdict: PacketRecord['verdict'],
  saying: Saying = {},
  rest: Rest = {},
): PacketRecord => ping(name, verdict, saying, { peers: [], ...rest });
