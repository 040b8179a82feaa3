// stats: what became of packets. Asks the kernel alone.
import { readStats } from '../../reconcile/stats.ts';
import { statsFields, statsText } from '../../report/stats.ts';
import type { Answer, Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withInstance } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await withInstance(invocation, async ({ datapath }, observation) => {
    const stats = readStats(datapath, observation);
    return {
      kind: 'Stats',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => statsFields(stats),
      text: (style) => statsText(stats, style),
    };
  });
}
