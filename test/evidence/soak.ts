// What the daemon costs at 10,000 services: memory, whether it grows, CPU while nothing happens. `make soak` is the long form.
import { megabytes, type Soaked, type SoakOptions, soak } from '../support/lab-soak.ts';
import type { Evidence } from './evidence.ts';

const promised = { rssBytes: 150 * 1024 * 1024, idleCpuPercent: 0.5 };
/** Default of `--interval`. */
const usualIntervalMs = 60_000;
/** What 10,000 rounds may add up to before it counts as growth: what garbage collection leaves behind differs by more from time to time. */
const tolerance = { bytes: 8 * 1024 * 1024, rounds: 10_000 };

const short: SoakOptions = { services: 10_000, rounds: 300, changes: 40, idleMs: 20_000 };

export async function measureSoak(): Promise<Evidence[]> {
  return [verdictOf(short, await soak(short))];
}

export function verdictOf(
  options: SoakOptions,
  { reconciles, changes, kernelBytes, idleCpuPercent, lookCpuMs, idleRssBytes }: Soaked,
): Evidence {
  const slope = (memory: typeof reconciles): string =>
    `${megabytes(memory.rssBytes)} after ${memory.rounds}, peak ${megabytes(memory.peakBytes)}, ${memory.slopeBytesPerRound.toFixed(0)} bytes each`;
  const usualPercent = idleCpuPercent + (lookCpuMs / usualIntervalMs) * 100;
  const grows =
    reconciles.rounds >= tolerance.rounds && reconciles.slopeBytesPerRound * tolerance.rounds > tolerance.bytes;
  return {
    promise: 'the daemon is small, does not grow and sleeps while nothing happens',
    figures:
      `${options.services} services; ${(options.idleMs / 1000).toFixed(0)} s without a look: ${idleCpuPercent.toFixed(2)} % of a CPU; a look ${lookCpuMs.toFixed(0)} ms of CPU, ` +
      `so one a minute makes ${usualPercent.toFixed(2)} %; RSS ${megabytes(idleRssBytes)}; ` +
      `maps in the kernel ${megabytes(kernelBytes)}; reconciles without changes: RSS ${slope(reconciles)}; ` +
      `changes applied (one service): RSS ${slope(changes)}`,
    holds:
      idleRssBytes <= promised.rssBytes &&
      reconciles.rssBytes <= promised.rssBytes &&
      usualPercent < promised.idleCpuPercent &&
      !grows,
  };
}
