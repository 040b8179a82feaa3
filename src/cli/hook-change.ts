// What attach, detach and reattach have in common: the steps that a plan of theirs names, made under the instance's lock.
import type { Observation } from '../datapath/port.ts';
import type { Problem } from '../problem.ts';
import { type HookChoice, runAttachment } from '../reconcile/attachment.ts';
import type { HookStep } from '../reconcile/hooks.ts';
import { stepsFields, stepsText } from '../report/hooks.ts';
import { besideDaemon } from './beside-daemon.ts';
import { type Answer, failure, type Invocation } from './command.ts';
import { exitCodeOf, exitCodes } from './exit.ts';
import { hookChoice } from './hook-choice.ts';
import { type Kernel, withLockedInstance } from './kernel.ts';

export interface HookChange {
  /** Reads only. */
  plan(kernel: Kernel, observation: Observation, choice: HookChoice): readonly HookStep[] | Problem;
  /** Puts programs on hooks: refused where what was seen has errors. */
  readonly attaches: boolean;
  /** Said where there is nothing to do. */
  readonly nothingToDo: string;
}

export async function changeHooks(
  invocation: Invocation,
  { plan, attaches, nothingToDo }: HookChange,
): Promise<Answer> {
  const choice = hookChoice(invocation.arguments);
  if ('code' in choice) return failure([choice]);
  return await withLockedInstance(invocation, async (kernel, observation) => {
    const { problems } = observation;
    if (attaches && exitCodeOf(problems) !== exitCodes.done) return failure(problems);
    const steps = plan(kernel, observation, choice);
    if ('code' in steps) return failure([steps]);
    // What is attached a daemon wants as well.
    const told = attaches || steps.length === 0 ? [] : (await besideDaemon(invocation, observation.instance)).told;
    invocation.talk.tell(told);
    runAttachment(kernel.datapath, observation, steps);
    return {
      kind: 'Hooks',
      exitCode: exitCodes.done,
      problems: told,
      fields: () => stepsFields(observation.instance, steps),
      text: () => stepsText(steps, nothingToDo),
    };
  });
}
