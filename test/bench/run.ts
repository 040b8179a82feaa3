// How a bench begins and ends: what is measured is said on the way, the figures and the machine's load at the end.
import { loadavg } from 'node:os';
import { type Figure, figuresJson, tableText } from './figure.ts';
import { rounded } from './measure.ts';
import type { Place } from './place.ts';

export interface Measured {
  readonly figures: readonly Figure[];
  /** A table beside that of the figures. */
  readonly text?: string;
  /** Further fields of the JSON object. */
  readonly details?: Readonly<Record<string, unknown>>;
}

/** Closes the place and throws what the measurement throws. */
export async function runBench(place: Place, measure: () => Promise<Measured>): Promise<void> {
  // Ctrl-C ends the child that runs as well: its failure ends the bench, and what was made is taken away first.
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
  const before = loads();
  const start = performance.now();
  let measured: Measured;
  try {
    measured = await measure();
  } finally {
    place.close();
  }
  const { figures, text, details } = measured;
  const seconds = rounded((performance.now() - start) / 1000, 0);
  const after = loads();
  if (text !== undefined) process.stdout.write(`${text}\n`);
  process.stdout.write(tableText(figures));
  process.stdout.write(`load average ${before.join(' ')} before, ${after.join(' ')} after; took ${seconds} s\n`);
  const more = { ...details, load_average: { before, after }, seconds };
  if (process.env.JSON) process.stdout.write(`${figuresJson(figures, more)}\n`);
}

/** To whoever waits. */
export function say(text: string): void {
  process.stderr.write(`> ${text}\n`);
}

function loads(): number[] {
  return loadavg().map((load) => rounded(load, 2));
}
