// Node: replies whose service or tunnel their flow alone can tell: `fallback: pass`, and endpoints that several services have.
import { type Endpoint, protocolNumbers } from '../../../src/net/endpoint.ts';
import { unspecifiedIp } from '../../../src/net/ip.ts';
import type { FlowKey, FlowValue } from '../../../src/tables/learned.ts';
import { natDirections, natFlags } from '../../../src/tables/nat.ts';
import { serviceFlags } from '../../../src/tables/verify.ts';
import { answerOf, deliveredOf, type Kind, nodeOf, replyOf, requestOf, sent, tcpOf } from './families.ts';
import type { PacketRecord, RowSet } from './record.ts';
import { client, endpoint, gateway, node, server, service, through, tunnelId, verifyRow } from './scene.ts';
import { met, passes, type Rest, stops } from './ways.ts';

const { tcp } = protocolNumbers;
const four = tcpOf(4);
const answer = answerOf(four);
const reply = replyOf(four);

const flowRow = (change: Partial<FlowKey & FlowValue> = {}): NonNullable<RowSet['flow']>[number] => {
  const { tunnel = tunnelId, group = 2, service: number = 1, ...rest } = change;
  const ends = { endpointIp: server.ip, endpointPort: server.port, clientIp: client.ip, clientPort: client.port };
  return { key: { ...ends, protocol: tcp, ...rest }, value: { tunnel, group, service: number } };
};

const { pass, flow, dso } = serviceFlags;
const passing = (kind: Kind, change: RowSet = {}, flags = pass | flow): RowSet => nodeOf(kind, change, { flags });
const left = (name: string, rows: RowSet, rest: Rest = {}): PacketRecord =>
  stops('from-server', four, name, 'pass-not-ours', answer, { rows, ...rest });

/** A second service of the same endpoint. */
const otherProxy = endpoint('5.5.5.6:80');
const otherService = { ...service, service: 2 };
const sharedRow = {
  key: { ...server, protocol: tcp, direction: natDirections.out },
  value: { ip: unspecifiedIp, port: 0, group: 0, service: 0, flags: natFlags.shared },
};
const shared = (change: RowSet = {}, flags: number = flow): RowSet =>
  nodeOf(four, {
    nat: [sharedRow],
    verify: [verifyRow({ flags }), verifyRow({ flags, proxyIp: otherProxy.ip, proxyPort: otherProxy.port }, 2)],
    ...change,
  });
const otherRequest = through(gateway, node, sent(tcp, client, otherProxy), {}, otherService);
const otherReply = sent(tcp, otherProxy, client);
const moved = (endpointOfTheOther: Endpoint): RowSet =>
  shared({
    verify: [
      verifyRow({ flags: flow }),
      verifyRow({ flags: flow, endpointIp: endpointOfTheOther.ip, endpointPort: endpointOfTheOther.port }, 2),
    ],
    flow: [flowRow({ service: 2 })],
  });
const remembered = (number: number) => [
  { endpoint: '1.1.1.1:4000', client: '10.0.0.9:40000', tunnel: tunnelId, group: 2, service: number, protocol: tcp },
];

function afterRequest(kind: Kind): PacketRecord {
  return passes(
    'from-server',
    kind,
    `a reply to a request over IPv${kind.inner} is carried`,
    answerOf(kind),
    replyOf(kind),
    {
      rows: passing(kind),
      before: [{ hook: 'ingress', packet: met('to-server', kind, requestOf(kind)), verdict: 'decapsulated' }],
    },
  );
}

export const flows: readonly PacketRecord[] = [
  left('with fallback pass, what was not asked for through a tunnel is not touched', passing(four)),
  passes('from-server', four, 'with fallback pass, what was asked for through a tunnel is carried', answer, reply, {
    rows: passing(four, { flow: [flowRow()] }),
  }),
  ...[four, tcpOf(6)].map(afterRequest),
  left('with fallback pass, another client is not touched', passing(four, { flow: [flowRow({ clientPort: 40001 })] })),
  left('with fallback pass, another protocol is not touched', passing(four, { flow: [flowRow({ protocol: 17 })] })),
  left('with fallback pass, a flow of another service is none', passing(four, { flow: [flowRow({ service: 9 })] })),
  left('with fallback pass, a flow of another group is none', passing(four, { flow: [flowRow({ group: 3 })] })),
  left(
    'with fallback pass and mode dso, what was not asked for keeps its source',
    passing(four, {}, pass | flow | dso),
  ),
  stops(
    'from-server',
    four,
    'with fallback pass and mode dso, what was asked for leaves straight',
    'returned-direct',
    answer,
    {
      rows: passing(four, { flow: [flowRow()] }, pass | flow | dso),
      out: reply,
    },
  ),
  passes('from-server', four, 'with fallback pass, a flow by a tunnel that is gone takes the first', answer, reply, {
    rows: passing(four, { flow: [flowRow({ tunnel: 300 })] }),
  }),
  stops('to-server', four, 'with fallback pass, requests are remembered', 'decapsulated', requestOf(four), {
    rows: passing(four),
    out: deliveredOf(four),
    flows: remembered(1),
  }),

  left('a reply of a shared endpoint that no flow tells of is not touched', shared()),
  passes('from-server', four, 'a reply of a shared endpoint leaves in the name of its flow’s proxy', answer, reply, {
    rows: shared({ flow: [flowRow()] }),
  }),
  passes(
    'from-server',
    four,
    'a reply of a shared endpoint leaves in the name of the other proxy',
    answer,
    otherReply,
    {
      rows: shared({ flow: [flowRow({ service: 2 })] }),
      out: through(node, gateway, otherReply, {}, otherService),
    },
  ),
  passes('from-server', four, 'a reply goes to the proxy that was asked', answer, otherReply, {
    rows: shared(),
    before: [{ hook: 'ingress', packet: otherRequest, verdict: 'decapsulated' }],
    out: through(node, gateway, otherReply, {}, otherService),
  }),
  stops(
    'to-server',
    four,
    'a request for a shared endpoint is remembered with its service',
    'decapsulated',
    otherReply,
    {
      packet: otherRequest,
      rows: shared(),
      out: deliveredOf(four),
      flows: remembered(2),
    },
  ),
  left('a flow of a service that is gone is none', shared({ flow: [flowRow({ service: 9 })] })),
  left('a flow of a service that has moved to another address is none', moved(endpoint('1.1.1.2:4000'))),
  left('a flow of a service that has moved to another port is none', moved(endpoint('1.1.1.1:4001'))),
  stops(
    'from-server',
    four,
    'in mode dso a shared endpoint returns in the name of its flow’s proxy',
    'returned-direct',
    answer,
    {
      rows: shared({ flow: [flowRow({ service: 2 })] }, flow | dso),
      out: otherReply,
    },
  ),
  stops(
    'from-server',
    four,
    'a shared endpoint whose tunnel is gone leaves nothing in the clear',
    'no-tunnel',
    answer,
    {
      rows: shared({ flow: [flowRow()], tunnel: [] }),
    },
  ),
];
