// attach: the live programs onto configured hooks that run nothing of ours.
import { planAttach } from '../../reconcile/attachment.ts';
import { kindFor } from '../../reconcile/hooks.ts';
import type { Answer, Invocation } from '../command.ts';
import { changeHooks } from '../hook-change.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await changeHooks(invocation, {
    attaches: true,
    plan: (kernel, observation, choice) =>
      planAttach(
        kernel.datapath,
        observation,
        kernel.host.interfaces(),
        choice,
        kindFor(invocation.options.hook, kernel.host),
      ),
    nothingToDo: 'Everything is attached already.',
  });
}
