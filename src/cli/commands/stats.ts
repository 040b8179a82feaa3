// stats: what became of packets, once or while it happens. Asks the kernel alone.
import { problem } from '../../problem.ts';
import { readStats } from '../../reconcile/stats.ts';
import { statsFields, statsText } from '../../report/stats.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withInstance } from '../kernel.ts';
import { watchStats } from '../stats-watch.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { watch, every, count } = invocation.options;
  if (!watch && (every !== undefined || count !== undefined))
    return failure([
      problem('usage', '--every and --count say how to --watch', { hint: 'trueingress stats --watch --every 10s' }),
    ]);
  return await withInstance(invocation, async ({ datapath }, observation) => {
    if (watch) return await watchStats(invocation, datapath, observation);
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
