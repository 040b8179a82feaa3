// `make fuzz`: SEED and COUNT from the environment; a line now and then, then what became of the packets, or the case that differs.
import { objectPath } from '../../src/paths.ts';
import { openPlace } from './place.ts';
import { loadPrograms } from './programs.ts';
import { fuzz, type Tally } from './run.ts';

const seed = Number(process.env.SEED || Date.now() % 0x7fffffff);
const count = Number(process.env.COUNT || 200_000);
const progressMs = 5000;

openPlace();
console.log(`seed ${seed}, ${count} packets`);
const programs = loadPrograms(objectPath());
const started = Date.now();
let told = started;
const { tally, failure } = fuzz({
  programs,
  seed,
  count,
  progress: ({ packets }) => {
    if (Date.now() < told + progressMs) return;
    told = Date.now();
    console.log(`${packets} packets`);
  },
});
programs.close();
const seconds = (Date.now() - started) / 1000;
for (const line of summary(tally, seconds)) console.log(line);
if (failure) {
  console.log(`\nDIFFERENT: ${failure}`);
  process.exitCode = 1;
}

function summary({ packets, scenes, verdicts, judged }: Tally, seconds: number): string[] {
  const rate = Math.round(packets / seconds);
  return [
    ...[...verdicts].sort(([, a], [, b]) => b - a).map(([name, times]) => `${String(times).padStart(9)}  ${name}`),
    `${packets} packets in ${scenes} scenes compared in ${seconds.toFixed(1)} s (${rate} a second), seed ${seed}`,
    ...Object.entries(judged).map(([name, times]) => `${name}: ${times}`),
  ];
}
