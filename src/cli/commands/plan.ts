// plan: what apply would change. Reads only.
import { isEmptyPlan } from '../../reconcile/plan.ts';
import { planFields, planText } from '../../report/plan.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readDesiredWithKeys } from '../desired.ts';
import { exitCodes } from '../exit.ts';
import { withKernel } from '../kernel.ts';
import { guardsOf, makePlanFor } from '../planning.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options } = invocation;
  const read = await readDesiredWithKeys(invocation);
  if ('failed' in read) return failure(read.failed);
  return await withKernel(invocation, async (kernel) => {
    const planned = await makePlanFor(invocation, read.value, read.problems, kernel);
    if ('failed' in planned) return failure(planned.failed);
    const plan = planned.value;
    // An apply is refused for these; looking is not.
    const guards = guardsOf(plan, options).map((one) => ({ ...one, severity: 'warning' as const }));
    return {
      kind: 'Plan',
      exitCode: options.detailedExitcode && !isEmptyPlan(plan) ? exitCodes.changes : exitCodes.done,
      problems: [...planned.problems, ...guards],
      fields: () => planFields(plan),
      text: (style) => planText(plan, options.all, style),
    };
  });
}
