// IPv4 options: carried with the packet that has them, but for source routes, and what nobody can tell from one.
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { tcpFlags } from '../../../src/packet/transport.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import {
  answerOf,
  type Fields,
  gatewayOf,
  replyOf,
  requestOf,
  sent,
  talkers,
  tcpOf,
  tunnelEnds,
  udpOf,
} from './families.ts';
import type { PacketRecord } from './record.ts';
import { at, bytes, mutated, tunnelId, tunnelRow } from './scene.ts';
import { everyWay, passes, stops } from './ways.ts';

const four = tcpOf(4);
const optionTypes = { end: 0, nothing: 1, recordRoute: 7, timestamp: 68, looseRoute: 131, strictRoute: 137 } as const;
const { end, nothing, recordRoute, timestamp, looseRoute, strictRoute } = optionTypes;

/** Filled up with ends of the list to a multiple of four. */
const having = (...list: readonly number[]): Fields => ({
  options: Uint8Array.from({ length: Math.ceil(list.length / 4) * 4 }, (_, i) => list[i] ?? end),
});
const repeated = (count: number, option: number): number[] => Array.from({ length: count }, () => option);
const loose = [looseRoute, 7, 4, 10, 0, 0, 1];
const strict = [strictRoute, 7, 4, 10, 0, 0, 1];

const carried = (name: string, ...list: readonly number[]): PacketRecord =>
  passes('to-proxy', four, name, requestOf(four, having(...list)));
const refused = (name: string, ...list: readonly number[]): PacketRecord =>
  stops('to-proxy', four, name, 'options', requestOf(four, having(...list)));

export const options: readonly PacketRecord[] = [
  ...everyWay(four, 'options that do nothing', having(nothing, nothing, nothing)),
  ...everyWay(four, 'record route', having(recordRoute, 11, 4, ...repeated(8, 0))),
  ...everyWay(udpOf(4), 'a timestamp over UDP', having(timestamp, 12, 5, 0, ...repeated(8, 0))),
  stops('from-server', four, 'in mode dso options stay', 'returned-direct', answerOf(four, having(nothing)), {
    out: replyOf(four, having(nothing)),
    verify: { flags: serviceFlags.dso },
  }),
  carried('forty bytes of options', recordRoute, 39, 4, ...repeated(36, 0), nothing),
  carried('what follows the end of the list is none', end, ...loose),
  carried('twelve options', ...repeated(12, nothing)),
  refused('a thirteenth option is not looked at, and may be a source route', ...repeated(16, nothing)),
  refused('a loose source route', ...loose),
  refused('a strict source route', ...strict),
  refused('a source route behind other options', nothing, recordRoute, 7, 4, 0, 0, 0, 0, ...strict),
  refused('a source route as the twelfth option', ...repeated(11, nothing), ...loose),
  refused('an option that is longer than the header', recordRoute, 9, 4, 0),
  refused('an option without its length', nothing, nothing, nothing, recordRoute),
  refused('an option of length 0', recordRoute, 0),
  refused('an option of length 1', recordRoute, 1),
  stops('from-server', four, 'a source route of an endpoint', 'options', answerOf(four, having(...loose))),
  stops('from-proxy', four, 'a source route out of a tunnel', 'options', replyOf(four, having(...loose))),
  stops('to-server', four, 'a source route to an endpoint', 'options', requestOf(four, having(...strict))),
  stops(
    'from-proxy',
    four,
    'a source route of another endpoint, before that is seen',
    'options',
    sent(four.protocol, talkers[4].server, talkers[4].client, having(...loose)),
  ),
  stops(
    'to-proxy',
    four,
    'a source route is told before a length that is wrong',
    'options',
    mutated(requestOf(four, having(...loose)), at.ipLength + 1, 90),
  ),
  stops(
    'to-proxy',
    four,
    'a source route to somebody else is not ours',
    'pass-not-ours',
    sent(four.protocol, talkers[4].client, talkers[4].server, having(...loose)),
  ),
  passes(
    'to-proxy',
    four,
    'a SYN with options offers no more than what fits',
    requestOf(four, { ...having(nothing), flags: tcpFlags.syn, tcpOptions: Uint8Array.of(2, 4, 5, 180) }),
    requestOf(four, { ...having(nothing), flags: tcpFlags.syn, tcpOptions: Uint8Array.of(2, 4, 5, 128) }),
    {
      rows: gatewayOf(four, {
        tunnel: [tunnelRow(tunnelId, tunnelEnds[4].gateway, tunnelEnds[4].node, { mtu: 1500 })],
      }),
    },
  ),
  stops(
    'to-proxy',
    four,
    'of what is too long and has options nobody is told',
    'too-big',
    requestOf(four, { ...having(nothing), payload: bytes(1600) }),
  ),
  passes(
    'to-proxy',
    udpOf(4),
    'a first fragment with options',
    requestOf(udpOf(4), { ...having(nothing), fragment: fragmentBits.moreFragments, payload: bytes(64) }),
    undefined,
    {
      randomId: true,
    },
  ),
];
