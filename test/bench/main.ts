// `make bench`: every figure in one run, a table for people and, with JSON=1, one JSON object as last line. A figure that
// misses what is wanted of it says so and is no failure; a measurement that cannot be made is.
import { loadavg } from 'node:os';
import { measureColdPlan } from './cold.ts';
import { type Figure, figuresJson, tableText } from './figure.ts';
import { measureMany } from './many.ts';
import { rounded } from './measure.ts';
import { measurePackets } from './packets.ts';
import { measurePeerLoop } from './peer.ts';
import { openPlace } from './place.ts';

const loads = (): number[] => loadavg().map((load) => rounded(load, 2));

const before = loads();
const start = performance.now();
const figures: Figure[] = [];
// Ctrl-C ends the child that runs as well: its failure ends the bench, and what was made is taken away first.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => undefined);
const place = openPlace();
try {
  const measurements = [
    ['cold plan', () => measureColdPlan(place)],
    ['packets', () => measurePackets(place.newInterface)],
    ['100,000 services', () => measureMany(place)],
    ['a process for each entry', () => measurePeerLoop(place)],
  ] as const;
  for (const [what, measure] of measurements) {
    process.stderr.write(`> ${what}\n`);
    figures.push(...measure());
  }
} finally {
  place.close();
}
const seconds = rounded((performance.now() - start) / 1000, 0);
const after = loads();
process.stdout.write(tableText(figures));
process.stdout.write(`load average ${before.join(' ')} before, ${after.join(' ')} after; took ${seconds} s\n`);
if (process.env.JSON) process.stdout.write(`${figuresJson(figures, { load_average: { before, after }, seconds })}\n`);
