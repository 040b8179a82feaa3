// P13: eight applies of eight files at once, again and again.
import { must } from '../support/lab-process.ts';
import type { Race } from '../support/race.ts';
import { type Evidence, tally } from './evidence.ts';

export async function measureConcurrency(): Promise<Evidence[]> {
  const output = await must([process.execPath, 'scripts/run.mjs', 'test/support/race-child.ts'], {
    timeoutMs: 300_000,
  });
  const races: Race[] = JSON.parse(output.trim().split('\n').at(-1) ?? '');
  const codes = races.flatMap((race) => race.codes.map((code) => code ?? -1));
  const generations = races.flatMap((race) => race.generations);
  const increasing = generations.every((generation, at) => generation === at + 1);
  return [
    {
      promise: 'P13 concurrent applies serialise',
      figures: `${races.length} rounds of 8 applies of 8 files at once: exits ${tally(codes)}; generations ${generations[0]}–${generations.at(-1)}, ${increasing ? 'each once and in order' : 'not each once'}; files live at the end of each round: ${tally(races.map(({ winners }) => winners))}`,
      holds:
        increasing &&
        codes.every((code) => code === 0 || code === 75) &&
        races.every(({ winners, converged }) => winners === 1 && converged),
    },
  ];
}
