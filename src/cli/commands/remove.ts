// remove: everything of one instance off this host, and nothing else.

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
      if (leavesInTheClear(observation, observation.hooks) && !options.yes)
        return failure([
          refuseWithoutYes(
            `"${observation.instance}" is a gateway: without it, traffic to its services leaves in the clear`,
          ),
        ]);
      const undoing = await besideDaemon(invocation, observation.instance);
      const refused = whyNotUndone(undoing, options);
      if (refused) return failure(refused);
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
