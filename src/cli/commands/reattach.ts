// reattach: hooks that run nothing of ours, or run it as another kind, are put right without a gap.
import { planReattach } from '../../reconcile/attachment.ts';
import { kindFor } from '../../reconcile/hooks.ts';
import type { Answer, Invocation } from '../command.ts';
import { changeHooks } from '../hook-change.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const isKindAsked = invocation.options.hook !== 'auto';
  return await changeHooks(invocation, {
    attaches: true,
    plan: (kernel, observation, choice) => {
      const kind = kindFor(invocation.options.hook, kernel.host);
      return planReattach(kernel.datapath, observation, kernel.host.interfaces(), choice, kind, isKindAsked);
    },
    nothingToDo: 'Every hook runs the live generation already.',
  });
}
