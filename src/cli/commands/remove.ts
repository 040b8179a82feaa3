// remove: everything of one instance off this host, and nothing else.

import type { Observation } from '../../datapath/port.ts';
import type { Problem } from '../../problem.ts';
import { leavesInTheClear } from '../../reconcile/attachment.ts';
import { findLive } from '../../reconcile/live.ts';
import { remove } from '../../reconcile/remove.ts';
import { removalFields, removalText } from '../../report/removal.ts';
import { besideDaemon, whyNotUndone } from '../beside-daemon.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { withLockedInstance } from '../kernel.ts';
import { refuseWithoutYes } from '../question.ts';
import { forgetFiles } from '../recording.ts';

const nothingToRemove = 'there is nothing to remove; one of another network namespace is named with --netns NAME';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options } = invocation;
  return await withLockedInstance(
    invocation,
    async ({ datapath }, observation, lock) => {
      if (exitCodeOf(observation.problems) !== exitCodes.done) return failure(observation.problems);
      const undoing = await besideDaemon(invocation, observation.instance);
      const refused = [...whyNotInTheClear(observation, options), ...whyNotUndone(undoing, options)];
      if (refused.length > 0) return failure(refused);
      invocation.talk.tell(undoing.told);
      const live = findLive(observation);
      remove(datapath, observation);
      const history = await forgetFiles(invocation, observation.instance);
      lock.forget();
      return {
        kind: 'Removal',
        exitCode: exitCodes.done,
        problems: [...undoing.told, ...history.problems],
        fields: () => removalFields(observation, live, history.isGone),
        text: () => removalText(observation, live, history.isGone),
      };
    },
    nothingToRemove,
  );
}

function whyNotInTheClear(observation: Observation, { yes }: Invocation['options']): Problem[] {
  if (yes || !leavesInTheClear(observation, observation.hooks)) return [];
  const message = `"${observation.instance}" is a gateway: without it, traffic to its services leaves in the clear`;
  return [refuseWithoutYes(message)];
}
