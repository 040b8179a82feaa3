// detach: our programs off the chosen hooks; others' programs, filters and the qdisc stay.
import { leavesInTheClear, planDetach, runAttachment } from '../../reconcile/attachment.ts';
import { stepsFields, stepsText } from '../../report/hooks.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { hookChoice } from '../hook-choice.ts';
import { withLockedInstance } from '../kernel.ts';
import { refuseWithoutYes } from '../question.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const choice = hookChoice(invocation.arguments);
  if ('code' in choice) return failure([choice]);
  return await withLockedInstance(invocation, async ({ datapath, host }, observation) => {
    const steps = planDetach(datapath, observation, host.interfaces(), choice);
    if ('code' in steps) return failure([steps]);
    if (leavesInTheClear(observation, steps) && !invocation.options.yes)
      return failure([
        refuseWithoutYes(
          `"${observation.instance}" is a gateway: detached, traffic to its services leaves in the clear`,
        ),
      ]);
    runAttachment(datapath, observation, steps);
    return {
      kind: 'Hooks',
      exitCode: exitCodes.done,
      problems: [],
      fields: () => stepsFields(observation.instance, steps),
      text: () => stepsText(steps, 'Nothing of ours is attached there.'),
    };
  });
}
