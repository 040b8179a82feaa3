// Members of rows that a test says nothing about, and sizes of maps that only have to be there.
import type { ConfiguredTable, LearnedTable } from '../../src/datapath/port.ts';
import { unspecifiedIp } from '../../src/net/ip.ts';
import { tables } from '../../src/tables/registry.ts';

export const plainTunnelRow = { movesPerMinute: 0, signKey: new Uint8Array(16) } as const;
export const plainVerifyRow = { previousKey: new Uint8Array(16), endpointIp: unspecifiedIp, endpointPort: 0 } as const;
export const plainPeerRow = { sequence: 0n, minuteNs: 0n, movesInMinute: 0 } as const;

export function configuredSizes(entries: number): Record<ConfiguredTable, number> {
  return Object.fromEntries(tables.map(({ name }) => [name, entries])) as Record<ConfiguredTable, number>;
}

/** Rows of the hashes; the ring buffer is a page. */
export function learnedSizes(
  entries: number,
  changes: Partial<Record<LearnedTable, number>> = {},
): Record<LearnedTable, number> {
  return {
    peer: entries,
    flow: entries,
    fragment: entries,
    path: entries,
    path_until: 1,
    counter: 1,
    capture: 1,
    captured: 1,
    event: 4096,
    ...changes,
  };
}
