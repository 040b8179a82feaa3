// A VLAN tag in the frame, where a device leaves it: it is moved beside the frame, so that what comes out is without it. What has
// two of them, or something else behind one, stays as it was.
import { buildEthernet, etherTypes } from '../../../src/packet/ipv4.ts';
import { tagged, vlanTypes } from '../../../src/packet/vlan.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { answerOf, deliveredOf, type Kind, kindText, replyOf, requestOf, sent, talkers, tcpOf } from './families.ts';
import type { PacketRecord } from './record.ts';
import { key, stranger } from './scene.ts';
import { met, passes, stops } from './ways.ts';

const { customer, service } = vlanTypes;
/** Priority 5, VLAN 42. */
const control = 0xa02a;
const four = tcpOf(4);
const types = [
  ['a customer tag', customer],
  ['a service tag', service],
] as const;

function everyWay(kind: Kind, name: string, type: number): PacketRecord[] {
  const text = `${kindText(kind)}, ${name}`;
  const tag = (frame: Uint8Array): Uint8Array => tagged(frame, control, type);
  const [request, delivered, answer, reply] = [requestOf(kind), deliveredOf(kind), answerOf(kind), replyOf(kind)];
  const wrongKey = { verify: { key: key.map((byte) => byte ^ 1) } };
  return [
    passes('to-proxy', kind, `${text}: a request goes into its tunnel`, request, request, { packet: tag(request) }),
    passes('to-server', kind, `${text}: a request goes on to the endpoint`, request, delivered, {
      packet: tag(met('to-server', kind, request)),
    }),
    passes('from-server', kind, `${text}: a reply leaves in the proxy's name`, answer, reply, { packet: tag(answer) }),
    passes('from-proxy', kind, `${text}: a reply comes out of its tunnel`, reply, reply, {
      packet: tag(met('from-proxy', kind, reply)),
    }),
    stops('from-server', kind, `${text}: in mode dso a reply leaves straight`, 'returned-direct', answer, {
      packet: tag(answer),
      out: reply,
      verify: { flags: serviceFlags.dso },
    }),
    stops('from-proxy', kind, `${text}: a wrong key is refused`, 'bad-key', reply, {
      packet: tag(met('from-proxy', kind, reply)),
      out: met('from-proxy', kind, reply),
      ...wrongKey,
    }),
  ];
}

const elsewhere = sent(four.protocol, talkers[4].client, stranger);
const arp = buildEthernet(etherTypes.arp, 46);
/** On both hooks. */
const untouched = (name: string, packet: Uint8Array, out = packet): PacketRecord[] => [
  stops('to-proxy', four, `${name}, egress`, 'pass-not-ours', packet, { out }),
  stops('from-proxy', four, `${name}, ingress`, 'pass-not-ours', packet, { packet, out }),
];

export const vlan: readonly PacketRecord[] = [
  ...types.flatMap(([name, type]) =>
    [four, tcpOf(6), tcpOf(6, 4), tcpOf(4, 6)].flatMap((kind) => everyWay(kind, name, type)),
  ),
  ...types.flatMap(([name, type]) => [
    ...untouched(`${name} before what is not ours is moved all the same`, tagged(elsewhere, control, type), elsewhere),
    ...untouched(`${name} before ARP stays`, tagged(arp, control, type)),
    ...untouched(`${name} before another one stays`, tagged(tagged(requestOf(four), 7), control, type)),
    ...untouched(`${name} before a service tag stays`, tagged(tagged(requestOf(four), 7, service), control, type)),
    ...untouched(
      `${name} before another one and a tunnel stays`,
      tagged(tagged(met('from-proxy', four, replyOf(four)), 7), control, type),
    ),
    ...untouched(`${name} with nothing behind it stays`, buildEthernet(type, 2)),
  ]),
  stops('to-proxy', four, 'what a tag hides behind a length is not looked for', 'pass-not-ours', buildEthernet(46, 46)),
  stops(
    'to-proxy',
    four,
    'another EtherType of tags is none',
    'pass-not-ours',
    tagged(requestOf(four), control, 0x9100),
  ),
];
