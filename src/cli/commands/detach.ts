// detach: our programs off the chosen hooks; others' programs, filters and the qdisc stay.
import { leavesInTheClear, planDetach } from '../../reconcile/attachment.ts';
import type { Answer, Invocation } from '../command.ts';
import { changeHooks } from '../hook-change.ts';
import { refuseWithoutYes } from '../question.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await changeHooks(invocation, {
    attaches: false,
    plan: ({ datapath, host }, observation, choice) => {
      const steps = planDetach(datapath, observation, host.interfaces(), choice);
      if ('code' in steps || invocation.options.yes || !leavesInTheClear(observation, steps)) return steps;
      return refuseWithoutYes(
        `"${observation.instance}" is a gateway: detached, traffic to its services leaves in the clear`,
      );
    },
    nothingToDo: 'Nothing of ours is attached there.',
  });
}
