// reconcile: the daemon's next run, now. Ends as that run ended.
import { runText } from '../../report/daemon-view.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import type { ExitCode } from '../exit.ts';
import { askDaemon, gone } from '../surface/daemon-talk.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const answered = await askDaemon(invocation, { ask: 'reconcile' });
  if ('failed' in answered) return failure(answered.failed);
  const { instance, told } = answered.value;
  const said = told.find((one) => one.tell === 'run');
  if (!said) return failure([gone(instance)]);
  return {
    kind: 'Reconcile',
    exitCode: said.run.exitCode as ExitCode,
    problems: said.problems,
    fields: () => ({ instance, run: said.run }),
    text: (style) => runText(said.run, style),
  };
}
