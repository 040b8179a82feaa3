// Tunnels whose outer source port is the flow's hash: one of IANA's dynamic ports, and all else as it is.
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { tunnelFlags } from '../../../src/tables/tunnel.ts';
import { errorOn } from './errors.ts';
import {
  answerOf,
  gatewayOf,
  type Kind,
  kinds,
  kindText,
  nodeOf,
  replyOf,
  requestOf,
  tcpOf,
  tunnelEnds,
} from './families.ts';
import type { PacketRecord, RowSet } from './record.ts';
import { bytes, peerRow, through, tunnelId, tunnelRow } from './scene.ts';
import { passes } from './ways.ts';

const { hashPort, learned } = tunnelFlags;
/** Receives at its local endpoint, as any tunnel; the row for its address is about errors alone. */
const decapOf = (local: (typeof tunnelEnds)[4]['gateway']): RowSet => ({
  decap: [
    { key: local, value: { tunnels: 1 } },
    { key: { ip: local.ip, port: 0 }, value: { tunnels: 0 } },
  ],
});

function ofKind(kind: Kind): PacketRecord[] {
  const { gateway, node, stranger } = tunnelEnds[kind.outer];
  const text = kindText(kind);
  const rows = gatewayOf(kind, {
    tunnel: [tunnelRow(tunnelId, gateway, node, { flags: hashPort })],
    ...decapOf(gateway),
  });
  const nodeRows = nodeOf(kind, {
    tunnel: [tunnelRow(tunnelId, node, gateway, { flags: hashPort })],
    ...decapOf(node),
  });
  const request = requestOf(kind, { payload: bytes(20) });
  return [
    passes('to-proxy', kind, `${text}: a request leaves from a port of its flow`, request, request, {
      rows,
      hashPort: true,
    }),
    passes('from-server', kind, `${text}: a reply leaves from a port of its flow`, answerOf(kind), replyOf(kind), {
      rows: nodeRows,
      hashPort: true,
    }),
    passes('from-proxy', kind, `${text}: a reply comes in at the tunnel's own port`, replyOf(kind), replyOf(kind), {
      rows,
    }),
    passes('to-proxy', kind, `${text}: to a learned remote it leaves alike`, request, request, {
      rows: {
        ...rows,
        tunnel: [tunnelRow(tunnelId, gateway, 'learned', { flags: hashPort | learned })],
        peer: [peerRow(stranger)],
      },
      out: through(gateway, stranger, request),
      hashPort: true,
    }),
  ];
}

const [four, six] = [tcpOf(4), tcpOf(6)];
const rowsOf = (kind: Kind): RowSet =>
  gatewayOf(kind, {
    tunnel: [tunnelRow(tunnelId, tunnelEnds[kind.outer].gateway, tunnelEnds[kind.outer].node, { flags: hashPort })],
  });

export const hashPorts: readonly PacketRecord[] = [
  ...kinds.flatMap(ofKind),
  passes(
    'to-proxy',
    four,
    'without DF identification and port are both of chance',
    requestOf(four, { fragment: 0 }),
    undefined,
    {
      rows: rowsOf(four),
      hashPort: true,
      randomId: true,
    },
  ),
  passes(
    'to-proxy',
    four,
    'a first fragment leaves from a port as well',
    requestOf(four, { fragment: fragmentBits.moreFragments }),
    undefined,
    {
      rows: rowsOf(four),
      hashPort: true,
      randomId: true,
    },
  ),
  ...[four, six].map((kind) =>
    passes(
      'to-proxy',
      kind,
      `${kindText(kind)}: an error leaves from a port as well`,
      errorOn('to-proxy', kind)[0],
      undefined,
      {
        rows: rowsOf(kind),
        hashPort: true,
      },
    ),
  ),
];
