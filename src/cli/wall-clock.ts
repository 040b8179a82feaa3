// CLOCK_REALTIME to the microsecond. Node tells milliseconds, or microseconds since a start that it looked up once: in a process that
// runs for months the latter misses every correction of the clock, and signed pings would be refused for it.

import type { Environment } from './environment.ts';

/** CLOCK_REALTIME in whole milliseconds. */
export function nowMs({ realtimeNs }: Pick<Environment, 'realtimeNs'>): number {
  return Number(realtimeNs() / 1_000_000n);
}

/** The two may differ by Date's whole milliseconds, and by as much again between the two calls. */
const closeMs = 2;

/** @param date CLOCK_REALTIME in whole milliseconds @param monotonic milliseconds with fractions */
export function openWallClock(date: () => number, monotonic: () => number, originMs: number): () => bigint {
  let origin = originMs;
  return () => {
    const lateMs = date() - (origin + monotonic());
    if (Math.abs(lateMs) > closeMs) origin += lateMs;
    return BigInt(Math.round((origin + monotonic()) * 1000)) * 1000n;
  };
}
