// The epoch of tunnels that are made now: the wall time, so that a signed ping recorded before is never taken, and more than
// any epoch that was given before, so that what a dead tunnel learned is never taken for a new one's, wherever the clock went.
import type { Datapath, Observation } from '../datapath/port.ts';
import { slotNames } from '../datapath/port.ts';
import type { Layout } from '../layout/layout.ts';
import { peer } from '../tables/learned.ts';
import type { Rows } from '../tables/rows.ts';
import { tunnel } from '../tables/tunnel.ts';

/** Nothing that we gave is beyond (it is the year 2262): a row edited by hand. */
const lastEpoch = 2n ** 63n;

/** @param nowNs CLOCK_REALTIME */
export function nextEpoch(datapath: Datapath, observation: Observation, nowNs: bigint): bigint {
  const { instance, slots, learned } = observation;
  const tunnels = slotNames.flatMap((name) =>
    slots[name]?.readable ? [datapath.readRows(instance, name, 'tunnel')] : [],
  );
  const known = [
    ...tunnels.flatMap((rows) => epochsIn(rows, tunnel.value)),
    ...(learned ? epochsIn(datapath.readLearned(instance, 'peer'), peer.value) : []),
  ];
  return known.reduce((most, one) => (one >= most && one < lastEpoch ? one + 1n : most), nowNs);
}

function epochsIn(rows: Rows, { members }: Pick<Layout<unknown>, 'members'>): bigint[] {
  const offset = members.find(({ name }) => name === 'epoch')?.offset ?? 0;
  const view = new DataView(rows.values.buffer, rows.values.byteOffset, rows.values.byteLength);
  return Array.from({ length: rows.count }, (_, at) => view.getBigUint64(at * rows.valueSize + offset, true));
}
