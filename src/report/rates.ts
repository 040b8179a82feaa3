// Counters while they move: what was dropped first, then what passed, then the services and tunnels that have traffic, the worst first.
import type { Rates } from '../reconcile/rates.ts';
import type { BothHooks, Count, RowCount, Stats } from '../reconcile/stats.ts';
import { isDrop, verdicts } from '../tables/verdicts.ts';
import { directions } from '../topology/topology.ts';
import { columnsOf } from './columns.ts';
import { statsFields } from './stats.ts';
import type { Style } from './style.ts';
import { counted, isoTime } from './words.ts';

/** One look. `rates`: since the look before; undefined: this is the first. */
export interface StatsLook {
  readonly stats: Stats;
  readonly rates: Rates | undefined;
  /** CLOCK_REALTIME. */
  readonly timeNs: bigint;
  readonly elapsedNs: bigint;
}

export function ratesText({ stats, rates, timeNs }: StatsLook, style: Style): string {
  const head = `${style.strong(stats.instance)}  ${style.faint(isoTime(timeNs))}\n`;
  const parts = [
    verdictColumns(stats, rates, true, style),
    verdictColumns(stats, rates, false, style),
    rowColumns('service', rates?.services.map((one) => ({ name: `${one.group}/${one.id}`, ...one })) ?? [], style),
    rowColumns('tunnel', rates?.tunnels.map((one) => ({ name: String(one.id), ...one })) ?? [], style),
  ].filter((part) => part !== '');
  return [head, ...(parts.length ? parts : ['No packet was seen yet.\n'])].join('\n');
}

const noRate: Count<number> = { packets: 0, bytes: 0 };

/** Every verdict that ever was, since one that stopped is news as well. */
function verdictColumns(stats: Stats, rates: Rates | undefined, dropped: boolean, style: Style): string {
  const rows = directions.flatMap((hook) =>
    verdicts
      .filter((verdict) => isDrop(verdict) === dropped && (stats.hooks[hook][verdict.name]?.packets ?? 0n) > 0n)
      .map((verdict) => {
        const { packets, bytes } = rates?.hooks[hook][verdict.name] ?? noRate;
        return {
          [dropped ? 'dropped' : 'passed']: hook,
          verdict: verdict.name,
          'packets/s': packets,
          'bytes/s': bytes,
          packets: stats.hooks[hook][verdict.name]?.packets ?? 0n,
        };
      }),
  );
  const worstFirst = dropped ? rows.sort((a, b) => Number(b['packets/s']) - Number(a['packets/s'])) : rows;
  return columnsOf(worstFirst, style);
}

type NamedRow = BothHooks<RowCount<number>> & { readonly name: string };

function rowColumns(title: string, rows: readonly NamedRow[], style: Style): string {
  const busy = rows.filter((row) => packetsOf(row) + dropsOf(row) > 0);
  const sorted = busy.sort((a, b) => dropsOf(b) - dropsOf(a) || packetsOf(b) - packetsOf(a));
  const table = columnsOf(
    sorted.map(({ name, ingress, egress }) => ({
      [title]: name,
      'dropped/s': ingress.droppedPackets + egress.droppedPackets,
      'inPackets/s': ingress.packets,
      'inBytes/s': ingress.bytes,
      'outPackets/s': egress.packets,
      'outBytes/s': egress.bytes,
    })),
    style,
  );
  const quiet = rows.length - busy.length;
  const rest = quiet > 0 ? `${style.faint(`${counted(quiet, title)} without a packet`)}\n` : '';
  return table + rest;
}

function packetsOf({ ingress, egress }: NamedRow): number {
  return ingress.packets + egress.packets;
}

function dropsOf({ ingress, egress }: NamedRow): number {
  return ingress.droppedPackets + egress.droppedPackets;
}

/** As schemas/stats.schema.json describes a stream: the counts, and what they were in a second since the record before. */
export function ratesFields({ stats, rates, timeNs, elapsedNs }: StatsLook): Record<string, unknown> {
  return {
    ...statsFields(stats),
    time: isoTime(timeNs),
    elapsedMs: Math.round(Number(elapsedNs) / 1e6),
    ...(rates && { perSecond: rates }),
  };
}
