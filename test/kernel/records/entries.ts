// Gateway, egress, with `via`: the row for the interface through which a packet entered the host comes before the row for any.
import { fragmentBits } from '../../../src/packet/ipv4.ts';
import { entryNumbers } from '../../../src/tables/encap.ts';
import { featureBits } from '../../../src/tables/features.ts';
import { gatewayOf, type Kind, requestOf, talkers, tcpOf, tunnelEnds, udpOf } from './families.ts';
import { ifindexes } from './fib.ts';
import type { PacketRecord, RowSet } from './record.ts';
import {
  addressRow,
  both,
  bytes,
  encapRow,
  otherTunnelCounter,
  serviceCounter,
  through,
  tunnelId,
  tunnelRow,
} from './scene.ts';
import { passes, type Rest, stops } from './ways.ts';

const four = tcpOf(4);
const otherTunnel = 200;
const others = [serviceCounter, otherTunnelCounter];
const { any, local } = entryNumbers;
const { wire, quiet } = ifindexes;
const via: Rest = { topologyFeatures: featureBits.via | featureBits.ipv6 };

/** The proxy's rows by interface of entry, each with the tunnel that it leads to. */
const entering = (kind: Kind, ...rows: readonly (readonly [ifindex: number, tunnel: number])[]): RowSet => {
  const { gateway, node, otherGateway } = tunnelEnds[kind.outer];
  const to = talkers[kind.inner].proxy;
  const rowOf = ([ifindex, tunnel]: readonly [number, number]): NonNullable<RowSet['encap']>[number] => {
    const { key, value } = encapRow(kind.protocol, { tunnel }, to);
    return { key: { ...key, ifindex }, value };
  };
  return gatewayOf(kind, {
    tunnel: [
      tunnelRow(tunnelId, gateway, node),
      tunnelRow(otherTunnel, gateway, otherGateway, { counter: otherTunnelCounter }),
    ],
    encap: [...rows.map(rowOf), addressRow(kind.protocol, to.ip)],
  });
};

const carried = (name: string, rows: RowSet, rest: Rest = {}, kind = four): PacketRecord =>
  passes('to-proxy', kind, name, requestOf(kind), requestOf(kind), { rows, counted: both, ...via, ...rest });
const byOther = (name: string, rows: RowSet, rest: Rest = {}, kind = four): PacketRecord => {
  const { gateway, otherGateway } = tunnelEnds[kind.outer];
  return carried(name, rows, { out: through(gateway, otherGateway, requestOf(kind)), counted: others, ...rest }, kind);
};
const left = (name: string, rows: RowSet, rest: Rest): PacketRecord =>
  stops('to-proxy', four, name, 'pass-not-ours', requestOf(four), { rows, ...via, ...rest });

const both4 = entering(four, [wire, tunnelId], [any, otherTunnel]);
const first = requestOf(udpOf(4), { fragment: fragmentBits.moreFragments, id: 7, payload: bytes(64) });
const later = requestOf(udpOf(4), { fragment: 9, id: 7, payload: bytes(64) });

export const entries: readonly PacketRecord[] = [
  carried('what entered by the interface takes its tunnel', both4, { entry: wire }),
  byOther('what entered by another one takes that for any', both4, { entry: quiet }),
  byOther('what is the host’s own takes that for any', both4, { local: true }),
  carried('what is the host’s own takes its own tunnel', entering(four, [local, tunnelId], [any, otherTunnel]), {
    local: true,
  }),
  byOther('what is forwarded does not take the host’s own', entering(four, [local, tunnelId], [any, otherTunnel]), {
    entry: wire,
  }),
  carried('each interface has its tunnel: the first', entering(four, [wire, tunnelId], [quiet, otherTunnel]), {
    entry: wire,
  }),
  byOther('each interface has its tunnel: the second', entering(four, [wire, tunnelId], [quiet, otherTunnel]), {
    entry: quiet,
  }),
  left('what entered elsewhere is not ours', entering(four, [wire, tunnelId]), { entry: quiet }),
  left('the host’s own is not ours where only an interface is named', entering(four, [wire, tunnelId]), {
    local: true,
  }),
  left('what is forwarded is not ours where only the host’s own is', entering(four, [local, tunnelId]), {
    entry: wire,
  }),
  byOther('where no service names an interface only the row for any counts', both4, {
    entry: wire,
    topologyFeatures: featureBits.ipv6,
  }),
  carried('over IPv6 alike', entering(tcpOf(6), [wire, tunnelId], [any, otherTunnel]), { entry: wire }, tcpOf(6)),
  byOther(
    'over IPv6 the row for any alike',
    entering(tcpOf(6), [wire, tunnelId], [any, otherTunnel]),
    { entry: quiet },
    tcpOf(6),
  ),
  passes('to-proxy', udpOf(4), 'a later fragment takes the tunnel of its interface', later, later, {
    rows: entering(udpOf(4), [wire, tunnelId], [any, otherTunnel]),
    entry: wire,
    before: [{ hook: 'egress', packet: first, verdict: 'encapsulated' }],
    randomId: true,
    ...via,
  }),
  stops('to-proxy', four, 'a tunnel that is gone is not replaced by that for any', 'no-tunnel', requestOf(four), {
    rows: { ...both4, tunnel: (both4.tunnel ?? []).slice(1) },
    entry: wire,
    ...via,
  }),
];
