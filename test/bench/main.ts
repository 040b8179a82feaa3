// `make bench`: every figure in one run, a table for people and, with JSON=1, one JSON object as last line. A figure that
// misses what is wanted of it says so and is no failure; a measurement that cannot be made is.
import { measureColdPlan } from './cold.ts';
import type { Figure } from './figure.ts';
import { measureMany } from './many.ts';
import { measurePackets } from './packets.ts';
import { measurePeerLoop } from './peer.ts';
import { openPlace } from './place.ts';
import { runBench, say } from './run.ts';

const place = openPlace();
await runBench(place, async () => {
  const figures: Figure[] = [];
  const measurements = [
    ['cold plan', () => measureColdPlan(place)],
    ['packets', () => measurePackets(place.newInterface)],
    ['100,000 services', () => measureMany(place)],
    ['a process for each entry', () => measurePeerLoop(place)],
  ] as const;
  for (const [what, measure] of measurements) {
    say(what);
    figures.push(...measure());
  }
  return { figures };
});
