// diff: what is live beside what the files want, as unified YAML. Reads only.
import { isEmptyPlan } from '../../reconcile/plan.ts';
import { sidesOf } from '../../reconcile/sides.ts';
import { diffSides, diffText, sideTexts } from '../../report/diff.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { readDesiredWithKeys } from '../desired.ts';
import { exitCodes } from '../exit.ts';
import { interfaceNames, withKernel } from '../kernel.ts';
import { makePlanFor } from '../planning.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const read = await readDesiredWithKeys(invocation);
  if ('failed' in read) return failure(read.failed);
  return await withKernel(invocation, async (kernel) => {
    const planned = await makePlanFor(invocation, read.value, read.problems, kernel);
    if ('failed' in planned) return failure(planned.failed);
    const plan = planned.value;
    const sides = sidesOf(plan, interfaceNames(kernel.host));
    const patch = await diffSides(sides, 'live', invocation.options.file.join(' '));
    const texts = invocation.options.json ? await sideTexts(sides) : {};
    return {
      kind: 'Diff',
      exitCode: isEmptyPlan(plan) ? exitCodes.done : exitCodes.different,
      problems: planned.problems,
      fields: () => ({ instance: plan.instance, different: !isEmptyPlan(plan), diff: patch, ...texts }),
      text: (style) => diffText(patch, style),
    };
  });
}
