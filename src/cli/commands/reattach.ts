// reattach: hooks that run nothing of ours, or run it as another kind, are put right without a gap.
import { planReattach, runAttachment } from '../../reconcile/attachment.ts';
import { stepsFields, stepsText } from '../../report/hooks.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { hookChoice } from '../hook-choice.ts';
import { withLockedInstance } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const choice = hookChoice(invocation.arguments);
  if ('code' in choice) return failure([choice]);
  return await withLockedInstance(invocation, async ({ datapath, host }, observation) => {
    if (exitCodeOf(observation.problems) !== exitCodes.done) return failure(observation.problems);
    const { hook } = invocation.options;
    const kind = hook === 'auto' ? (host.hasTcx() ? 'tcx' : 'clsact') : hook;
    const steps = planReattach(datapath, observation, host.interfaces(), choice, kind, hook !== 'auto');
    if ('code' in steps) return failure([steps]);
    runAttachment(datapath, observation, steps);
    return {
      kind: 'Hooks',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => stepsFields(observation.instance, steps),
      text: () => stepsText(steps, 'Every hook runs the live generation already.'),
    };
  });
}
