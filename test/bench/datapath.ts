// `make bench-datapath`: what a packet costs and how fast traffic is, beside the kernel's own tunnel and beside none, in one
// run; a table for people and, with JSON=1, one JSON object as last line. A miss says so and is no failure.
import { layDevices } from '../kernel/records/devices.ts';
import { measureAlone } from './alone.ts';
import type { Figure } from './figure.ts';
import { measureCaptureOff, measurePackets } from './packets.ts';
import { measurePaths, pathsText } from './paths.ts';
import { openPlace } from './place.ts';
import { measureRows } from './rows.ts';
import { runBench, say } from './run.ts';
import { measureTraffic } from './traffic.ts';

const place = openPlace();
// First, since they have the numbers that records name.
layDevices();
await runBench(place, async () => {
  const figures: Figure[] = [];
  say('packets');
  figures.push(...measurePackets(place.newInterface), ...measureCaptureOff(place.newInterface), ...measureAlone());
  say('every path');
  const paths = measurePaths(place.newInterface);
  say('many rows');
  figures.push(...measureRows(place.newInterface));
  say('traffic');
  figures.push(...(await measureTraffic(say)));
  return { figures, text: pathsText(paths), details: { paths } };
});
