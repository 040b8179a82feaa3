// What happened between two looks at the counters, as so much in a second.
import { type BothHooks, both, type Count, type Counts, type RowCount, type Stats } from './stats.ts';

export type Rates = Counts<number>;

/** What was not there before, or was begun anew meanwhile, began at zero. */
export function ratesOf(before: Stats, after: Stats, elapsedNs: bigint): Rates {
  const perSecond = (now: bigint, then: bigint): number =>
    // To a tenth: nobody counts finer, and a second is never quite one.
    Math.round((Number(now < then ? now : now - then) * 1e10) / Number(elapsedNs)) / 10;
  const ofCount = (now: Count, then: Count | undefined): Count<number> => ({
    packets: perSecond(now.packets, then?.packets ?? 0n),
    bytes: perSecond(now.bytes, then?.bytes ?? 0n),
  });
  const ofRow = (now: BothHooks<RowCount>, then: BothHooks<RowCount> | undefined): BothHooks<RowCount<number>> =>
    both((hook) => ({
      ...ofCount(now[hook], then?.[hook]),
      droppedPackets: perSecond(now[hook].droppedPackets, then?.[hook].droppedPackets ?? 0n),
      droppedBytes: perSecond(now[hook].droppedBytes, then?.[hook].droppedBytes ?? 0n),
    }));
  const services = new Map(before.services.map((one) => [`${one.group}/${one.id}`, one]));
  const tunnels = new Map(before.tunnels.map((one) => [one.id, one]));
  return {
    hooks: both((hook) =>
      Object.fromEntries(
        Object.entries(after.hooks[hook]).map(([verdict, now]) => [verdict, ofCount(now, before.hooks[hook][verdict])]),
      ),
    ),
    services: after.services.map((one) => ({
      group: one.group,
      id: one.id,
      ...ofRow(one, services.get(`${one.group}/${one.id}`)),
    })),
    tunnels: after.tunnels.map((one) => ({ id: one.id, ...ofRow(one, tunnels.get(one.id)) })),
  };
}
