// plan: what apply would change, or what a saved plan says. Changes nothing; saves the plan where told to.
import { isEmptyPlan } from '../../reconcile/plan.ts';
import { planFields, planText, savedText } from '../../report/plan.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { withKernel } from '../kernel.ts';
import { guardsOf } from '../planning.ts';
import { noPlan, type Work, workOf } from '../work.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const { options } = invocation;
  const [path] = invocation.arguments;
  if (path !== undefined && !options.dryRun) return await showSaved(invocation, path);
  const work = await workOf(invocation);
  return 'failed' in work ? failure(work.failed) : await showPlan(invocation, work.value);
}

export async function showPlan(invocation: Invocation, work: Work): Promise<Answer> {
  const { options } = invocation;
  return await withKernel(invocation, async (kernel) => {
    const planned = await work.plan(kernel);
    if ('failed' in planned) return await noPlan(planned);
    const plan = planned.value;
    const output = options.dryRun ? undefined : options.output;
    if (output !== undefined) {
      const { savePlan } = await import('../saved-plan.ts');
      const unsaved = await savePlan(invocation, output, work.desired, plan);
      if (unsaved.length > 0) return failure([...planned.problems, ...unsaved]);
    }
    // An apply is refused for these; looking is not.
    const guards = work.happening.kind === 'revert' ? [] : guardsOf(plan, options);
    return {
      kind: 'Plan',
      exitCode: options.detailedExitcode && !isEmptyPlan(plan) ? exitCodes.changes : exitCodes.done,
      problems: [...planned.problems, ...guards.map((one) => ({ ...one, severity: 'warning' as const }))],
      fields: () => ({ ...planFields(plan), ...(output !== undefined && { savedAs: output }) }),
      text: (style) => planText(plan, options.all, style) + (output === undefined ? '' : savedText(output)),
    };
  });
}

/** From the file alone: whether it still holds is asked by `apply`, also with --dry-run. */
async function showSaved(invocation: Invocation, path: string): Promise<Answer> {
  const { readSavedPlan } = await import('../saved-plan.ts');
  const file = readSavedPlan(invocation, path);
  if ('code' in file) return failure([file]);
  const { detailedExitcode } = invocation.options;
  return {
    kind: 'Plan',
    exitCode: detailedExitcode && !file.isEmpty ? exitCodes.changes : exitCodes.done,
    problems: [],
    fields: () => ({ ...file.fields, savedAs: path, savedAt: file.madeAt }),
    text: () => `Saved at ${file.madeAt} on ${file.host.name} for ${file.instance}.\n\n${file.text}`,
  };
}
