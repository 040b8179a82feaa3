// Packets by chance through the programs and their model: how many, and what the judges saw that know neither.
import { objectPath } from '../../src/paths.ts';
import { openPlace } from '../fuzz/place.ts';
import { loadPrograms } from '../fuzz/programs.ts';
import { fuzz } from '../fuzz/run.ts';
import type { Evidence } from './evidence.ts';

const count = 50_000;

/** Goes into a network namespace of its own and stays there: to be measured last. */
export async function measureFuzz(): Promise<Evidence[]> {
  openPlace();
  const programs = loadPrograms(objectPath());
  try {
    const seed = Date.now() % 0x7fffffff;
    const { tally, failure } = fuzz({ programs, seed, count, progress: () => {} });
    const judged = Object.entries(tally.judged);
    return [
      {
        promise: 'programs and model agree on every packet',
        figures: `${tally.packets} packets in ${tally.scenes} scenes, ${tally.verdicts.size} verdicts, seed ${seed}; ${failure ? 'a difference' : 'differences 0'}; ${judged.map(([name, times]) => `${name} ${times}`).join(', ')}`,
        holds: !failure && tally.packets >= count && judged.every(([, times]) => times === 0),
      },
    ];
  } finally {
    programs.close();
  }
}
