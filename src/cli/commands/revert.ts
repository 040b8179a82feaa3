// revert: hooks run the generation before this one again, without any file.

import type { Observation } from '../../datapath/port.ts';
import { planRevert, revert } from '../../reconcile/revert.ts';
import { revertFields, revertPlanFields, revertPlanText, revertText } from '../../report/revert.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodeOf, exitCodeOfResult, exitCodes } from '../exit.ts';
import { type Kernel, withInstance, withLockedInstance } from '../kernel.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const open = invocation.options.dryRun ? withInstance : withLockedInstance;
  return await open(invocation, (kernel, observation) => revertInstance(invocation, kernel, observation));
}

async function revertInstance(invocation: Invocation, kernel: Kernel, observation: Observation): Promise<Answer> {
  const { options, environment, talk } = invocation;
  if (exitCodeOf(observation.problems) !== exitCodes.done) return failure(observation.problems);
  const plan = planRevert(kernel.datapath, observation, kernel.host.interfaces());
  if ('code' in plan) return failure([plan]);
  if (options.dryRun)
    return {
      kind: 'Plan',
      exitCode: options.detailedExitcode ? exitCodes.changes : exitCodes.done,
      problems: [],
      fields: () => revertPlanFields(plan),
      text: (style) => revertPlanText(plan, options.all, style),
    };
  talk.print(revertPlanText(plan, options.all, talk.style));
  const start = environment.monotonicNs();
  const outcome = revert(kernel.datapath, plan, observation.hooks);
  const ms = Number(environment.monotonicNs() - start) / 1e6;
  return {
    kind: 'Outcome',
    exitCode: exitCodeOfResult(outcome.result, options.detailedExitcode, outcome.problems),
    problems: outcome.problems,
    fields: () => ({ ...revertFields(plan, outcome, ms), plan: revertPlanFields(plan) }),
    text: (style) => revertText(plan, outcome, ms, style),
  };
}
