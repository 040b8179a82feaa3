// Whom to probe: every service that a change touches, up to a limit, and a few that it does not touch.
import type { ConfiguredTable } from '../datapath/port.ts';
import { tables } from '../tables/registry.ts';
import { keyAt, valueAt } from '../tables/rows.ts';
import type { AnyTable } from '../tables/table.ts';
import { verify } from '../tables/verify.ts';
import { serviceNumber } from './assign.ts';
import type { Plan } from './plan.ts';
import type { RowDiff } from './rowdiff.ts';

/** Positions in topology.services. */
export interface Choice {
  /** How many the change touches. */
  readonly touched: number;
  /** Those of them that are probed, evenly spread. */
  readonly chosen: readonly number[];
  /** Not touched, probed all the same: program and maps are shared. */
  readonly others: readonly number[];
}

const untouchedSample = 16;

/** @param limit at most so many touched services; Infinity: all services there are; 0: none */
export function chooseServices(plan: Plan, limit: number): Choice {
  const touched = touchedServices(plan);
  const untouched: number[] = [];
  for (let position = 0; position < plan.topology.services.length; position++)
    if (!touched.has(position)) untouched.push(position);
  const sample = limit === Number.POSITIVE_INFINITY ? limit : Math.min(limit, untouchedSample);
  return {
    touched: touched.size,
    chosen: spread(
      [...touched].sort((a, b) => a - b),
      limit,
    ),
    others: spread(untouched, sample),
  };
}

/** Positions of services whose rows or tunnels change; all of them under another program. */
function touchedServices(plan: Plan): Set<number> {
  const { services } = plan.topology;
  if (plan.renewals.length || !plan.live.slot) return new Set(services.keys());
  const touched = new Set<number>();
  const tunnels = new Set<number>();
  for (const table of tables) {
    const diff = plan.diffs[table.name];
    const { origins } = plan.desired[table.name];
    const isOfTunnels = tablesOfTunnels.has(table.name);
    for (const position of [...diff.creates, ...diff.updates.map(([desired]) => desired)]) {
      const origin = origins[position] ?? -1;
      if (origin < 0 || table.name === 'config') continue;
      if (isOfTunnels) tunnels.add(plan.topology.tunnels[origin]?.id ?? 0);
      else touched.add(origin);
    }
    if (isOfTunnels) for (const id of tunnelsOf(table, diff)) tunnels.add(id);
  }
  services.forEach((service, position) => {
    if (service.tunnels.some((id) => tunnels.has(id))) touched.add(position);
  });
  return touched;
}

/** Whose rows come from a tunnel of the file. */
const tablesOfTunnels: ReadonlySet<ConfiguredTable> = new Set(['tunnel', 'allow', 'short_header']);

/** Tunnels that lose rows. */
function tunnelsOf({ key, value, owner }: AnyTable, { observed, deletes }: RowDiff): number[] {
  return deletes.flatMap((position) => {
    const whose = owner(key.decode(keyAt(observed, position), 0), value.decode(valueAt(observed, position), 0));
    return whose.kind === 'tunnel' ? [whose.id] : [];
  });
}

/** serviceNumber of those that go. */
export function removedServices({ diffs }: Plan): number[] {
  const { observed, deletes } = diffs.verify;
  return deletes.map((position) => {
    const { group, service } = verify.key.decode(keyAt(observed, position), 0);
    return serviceNumber(group, service);
  });
}

/** At most `limit` of the list, evenly spaced, first and last among them. */
export function spread<T>(list: readonly T[], limit: number): T[] {
  if (list.length <= limit) return [...list];
  if (limit < 1) return [];
  const step = (list.length - 1) / Math.max(limit - 1, 1);
  return Array.from({ length: limit }, (_, i) => list[Math.round(i * step)]).filter(
    (one): one is T => one !== undefined,
  );
}
