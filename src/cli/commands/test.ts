// test: the packets of a topology, tried on programs that nobody runs. Reads files, no keys, and nothing that is live.
import { problem } from '../../problem.ts';
import { testTopology } from '../../reconcile/test-run.ts';
import { junitText } from '../../report/junit.ts';
import type { Style } from '../../report/style.ts';
import { tapText } from '../../report/tap.ts';
import { type TestView, testFields, testText } from '../../report/test-run.ts';
import { counted } from '../../report/words.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readDesired } from '../desired.ts';
import { exitCodes } from '../exit.ts';
import { withKernel } from '../kernel.ts';
import { startCounting, startWaiting } from '../progress.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options, environment } = invocation;
  if (options.json && options.format !== 'text')
    return failure([
      problem('usage', `--json and --format ${options.format} ask for two answers`, { hint: 'leave one of them out' }),
    ]);
  const wait = startWaiting(invocation);
  const read = await readDesired(invocation);
  if ('failed' in read) return failure(read.failed);
  const { value: topology, problems } = read;
  wait(`read ${topology.services.length} services, trying them …`);
  return await withKernel(invocation, async ({ datapath }) => {
    const startNs = environment.monotonicNs();
    const count = startCounting(invocation);
    const limit = options.probe === undefined || options.probe === 'all' ? Number.POSITIVE_INFINITY : options.probe;
    const input = { limit, nowNs: environment.realtimeNs(), monotonicNs: startNs };
    const { cases, problems: faults } = testTopology(datapath, topology, input, (done) =>
      count(() => `tried ${counted(done, 'probe')} …`),
    );
    if (faults.length) return failure([...problems, ...faults]);
    const view = { topology, cases, ms: Number(environment.monotonicNs() - startNs) / 1e6 };
    const failures = cases.flatMap((one) => one.failure ?? []);
    return {
      kind: 'Test',
      exitCode: failures.length ? exitCodes.different : exitCodes.done,
      // In text they stand in the list, where they belong to a case.
      problems: options.json ? [...problems, ...failures] : problems,
      fields: () => testFields(view),
      text: (style) => textOf(view, options, style),
    };
  });
}

function textOf(view: TestView, { format, all }: Invocation['options'], style: Style): string {
  switch (format) {
    case 'tap':
      return tapText(view.cases);
    case 'junit':
      return junitText(view);
    case 'text':
      return testText(view, all, style);
    default:
      return format satisfies never;
  }
}
