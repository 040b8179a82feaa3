// IPv6 extension headers: carried with the packet that has them, but for source routes; a chain that cannot be walked to its end
// leads to nothing that is ours. A fragment header that makes no fragment (RFC 6946) is none.
import { type Extension, extensionTypes, paddingExtension, routingExtension } from '../../../src/packet/ipv6.ts';
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

const six = tcpOf(6);
const { hopByHop, fragment, destinationOptions } = extensionTypes;
const having = (...extensions: readonly Extension[]): Fields => ({ extensions });
const paddings = (count: number): Extension[] =>
  Array.from({ length: count }, (_, i) => paddingExtension(i === 0 ? hopByHop : destinationOptions, 1 + (i & 1)));
const routed = having(routingExtension(1));
/** Bytes of a fragment header that makes no fragment, after its next header and the reserved byte. */
const noFragment: Extension = { type: fragment, body: new Uint8Array(6) };
/** Says nothing that is walked. */
const authentication: Extension = { type: 51, body: new Uint8Array(6) };
/** Where the first extension header says what follows, and how long it is. */
const firstExtension = { next: at.ip + 40, length: at.ip + 41 } as const;

const wide = { tunnel: [tunnelRow(tunnelId, tunnelEnds[6].gateway, tunnelEnds[6].node, { mtu: 1500 })] };

/** Its transport cannot be told: it may be for the proxy, and does not leave; what an endpoint sends may be anybody's. */
function unreadable(name: string, fields: Fields, change = (frame: Uint8Array): Uint8Array => frame): PacketRecord[] {
  const { client, server } = talkers[6];
  return [
    stops('to-proxy', six, `${name}: it does not leave`, 'options', change(requestOf(six, fields)), { counted: [] }),
    stops(
      'to-proxy',
      six,
      `${name}: to somebody else it is not ours`,
      'pass-not-ours',
      change(sent(six.protocol, client, server, fields)),
    ),
    ...refusedInside(name, fields, change),
  ];
}

/** Its transport is told, and nothing that is carried. */
function foreign(name: string, fields: Fields, change = (frame: Uint8Array): Uint8Array => frame): PacketRecord[] {
  return [
    stops('to-proxy', six, `${name}: not ours`, 'pass-not-ours', change(requestOf(six, fields))),
    ...refusedInside(name, fields, change),
  ];
}

function refusedInside(name: string, fields: Fields, change: (frame: Uint8Array) => Uint8Array): PacketRecord[] {
  return [
    stops('from-server', six, `${name}: an answer is not ours`, 'pass-not-ours', change(answerOf(six, fields))),
    stops('from-proxy', six, `${name}: refused inside`, 'bad-inner', change(replyOf(six, fields))),
    stops('to-server', six, `${name}: refused inside at a node`, 'bad-inner', change(requestOf(six, fields))),
  ];
}

export const extensions: readonly PacketRecord[] = [
  ...everyWay(six, 'hop-by-hop options', having(paddingExtension(hopByHop))),
  ...everyWay(udpOf(6), 'destination options over UDP', having(paddingExtension(destinationOptions, 3))),
  ...everyWay(udpOf(6, 4), 'destination options over IPv4', having(paddingExtension(destinationOptions))),
  ...everyWay(six, 'a routing header that has been travelled', having(routingExtension(0))),
  ...everyWay(six, 'a chain of six', having(...paddings(6))),
  ...everyWay(six, 'a fragment header that makes no fragment', { atomic: true, id: 77 }),
  ...everyWay(udpOf(6), 'five and a fragment header that makes no fragment', {
    ...having(...paddings(5)),
    atomic: true,
    id: 77,
  }),
  stops(
    'from-server',
    six,
    'in mode dso extension headers stay',
    'returned-direct',
    answerOf(six, having(...paddings(2))),
    {
      out: replyOf(six, having(...paddings(2))),
      verify: { flags: serviceFlags.dso },
    },
  ),

  stops('to-proxy', six, 'a source route is not carried', 'options', requestOf(six, routed)),
  stops('from-server', six, 'a source route of an endpoint is not carried', 'options', answerOf(six, routed)),
  stops('from-proxy', six, 'a source route out of a tunnel is refused', 'options', replyOf(six, routed)),
  stops('to-server', six, 'a source route to an endpoint is refused', 'options', requestOf(six, routed)),
  stops(
    'to-proxy',
    six,
    'a source route behind other headers is not carried',
    'options',
    requestOf(six, having(paddingExtension(hopByHop), paddingExtension(destinationOptions), routingExtension(2))),
  ),
  stops(
    'to-proxy',
    six,
    'a source route to somebody else is not ours',
    'pass-not-ours',
    sent(six.protocol, talkers[6].client, talkers[6].server, routed),
  ),

  ...unreadable('a seventh header', having(...paddings(7))),
  ...unreadable('six and a fragment header', { ...having(...paddings(6)), atomic: true }),
  ...unreadable('a second fragment header', having(noFragment, noFragment)),
  ...unreadable('options behind a fragment header', having(noFragment, paddingExtension(destinationOptions))),
  ...foreign('a header that is not walked', having(authentication)),
  ...unreadable('a chain that leaves the frame', having(paddingExtension(hopByHop)), (frame) =>
    mutated(frame, firstExtension.length, 200),
  ),
  ...foreign('a chain that ends in nothing', having(paddingExtension(hopByHop)), (frame) =>
    mutated(frame, firstExtension.next, 59),
  ),

  passes(
    'to-proxy',
    six,
    'a SYN behind extension headers offers no more than what fits',
    requestOf(six, { ...having(...paddings(2)), ...offering(1440) }),
    requestOf(six, { ...having(...paddings(2)), ...offering(1500 - 72 - 60) }),
    { rows: gatewayOf(six, wide) },
  ),
  passes(
    'to-proxy',
    six,
    'a SYN behind a fragment header that makes no fragment offers no more than what fits',
    requestOf(six, { atomic: true, ...offering(1440) }),
    requestOf(six, { atomic: true, ...offering(1500 - 72 - 60) }),
    { rows: gatewayOf(six, wide) },
  ),
  stops(
    'to-proxy',
    six,
    'of what is too long and has extension headers nobody is told',
    'too-big',
    requestOf(six, { ...having(paddingExtension(hopByHop)), payload: bytes(1600) }),
  ),
];

function offering(mss: number): Fields {
  return { flags: tcpFlags.syn, tcpOptions: Uint8Array.of(2, 4, mss >> 8, mss & 255) };
}
