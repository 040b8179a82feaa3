// Counters as columns: what was dropped comes first, what never happened stays out. JSON has every verdict.
import type { RowCount, Stats } from '../reconcile/stats.ts';
import { isDrop, verdicts } from '../tables/verdicts.ts';
import { directions } from '../topology/topology.ts';
import { columnsOf } from './columns.ts';
import type { Style } from './style.ts';

export function statsText({ hooks, services, tunnels }: Stats, style: Style): string {
  const counted = directions.flatMap((hook) =>
    verdicts
      .map((verdict) => ({ verdict, hook, ...(hooks[hook][verdict.name] ?? { packets: 0n, bytes: 0n }) }))
      .filter(({ packets }) => packets > 0n),
  );
  const dropped = counted.filter(({ verdict }) => isDrop(verdict));
  const passed = counted.filter(({ verdict }) => !isDrop(verdict));
  const rowOf = ({ verdict, hook, packets, bytes }: (typeof counted)[number]) => ({
    hook,
    verdict: verdict.name,
    packets,
    bytes,
  });
  const parts = [
    columnsOf(
      dropped
        .map((one) => ({ dropped: one.hook, ...rowOf(one), 'look at': one.verdict.look }))
        .map(({ hook: _, ...row }) => row),
      style,
    ),
    columnsOf(passed.map(rowOf), style),
    columnsOf(
      services.map(({ group, id, ingress, egress }) => ({ service: `${group}/${id}`, ...cells(ingress, egress) })),
      style,
    ),
    columnsOf(
      tunnels.map(({ id, ingress, egress }) => ({ tunnel: id, ...cells(ingress, egress) })),
      style,
    ),
  ].filter((part) => part !== '');
  return counted.length ? parts.join('\n') : ['No packet was seen yet.\n', ...parts].join('\n');
}

function cells(ingress: RowCount, egress: RowCount) {
  return {
    inPackets: ingress.packets,
    inBytes: ingress.bytes,
    inDropped: ingress.droppedPackets,
    outPackets: egress.packets,
    outBytes: egress.bytes,
    outDropped: egress.droppedPackets,
  };
}

export function statsFields({ instance, hooks, services, tunnels }: Stats): Record<string, unknown> {
  return { instance, hooks, services, tunnels };
}
