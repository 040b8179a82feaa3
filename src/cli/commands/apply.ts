// apply: shows the plan and executes it. Asks only when told to.
import type { Problem } from '../../problem.ts';
import { apply, type Outcome } from '../../reconcile/apply.ts';
import { type Session, sessionProblems } from '../../reconcile/own-session.ts';
import { isEmptyPlan, type Plan } from '../../reconcile/plan.ts';
import { outcomeFields, outcomeText } from '../../report/outcome.ts';
import { planFields, planText } from '../../report/plan.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { type Desired, readDesiredWithKeys } from '../desired.ts';
import { exitCodeOfResult } from '../exit.ts';
import { type Kernel, withKernel, withLock } from '../kernel.ts';
import { guardsOf, makePlanFor } from '../planning.ts';
import { startProgress } from '../progress.ts';
import { confirm } from '../question.ts';

/** Services probed before the switch unless --probe says otherwise: 1,000 take some tens of milliseconds. */
const usualProbes = 1000;

export async function run(invocation: Invocation): Promise<Answer> {
  if (invocation.options.dryRun) return (await import('./plan.ts')).run(invocation);
  const read = await readDesiredWithKeys(invocation);
  if ('failed' in read) return failure(read.failed);
  const { topology } = read.value;
  return await withKernel(invocation, (kernel) =>
    withLock(invocation, kernel, topology.name, () => applyLocked(invocation, read.value, read.problems, kernel)),
  );
}

async function applyLocked(
  invocation: Invocation,
  desired: Desired,
  known: readonly Problem[],
  kernel: Kernel,
): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const planningFrom = clock(environment);
  const planned = await makePlanFor(invocation, desired, known, kernel);
  if ('failed' in planned) return failure(planned.failed);
  const plan = planned.value;
  const planningMs = clock(environment) - planningFrom;
  talk.print(planText(plan, options.all, talk.style));
  talk.tell(planned.problems);
  const refused = guardsOf(plan, options);
  if (refused.length) return failure([...planned.problems, ...refused]);
  if (options.ask && !isEmptyPlan(plan)) {
    // stdout is kept for the document; whoever is asked must see what about.
    if (options.json) talk.progress(planText(plan, options.all, talk.style).trimEnd());
    const declined = await confirm(invocation, 'Apply this?');
    if (declined) return failure([...planned.problems, declined]);
  }
  // Whoever is asked may take their time: it is not part of what an apply takes.
  const start = clock(environment);
  const session = options.allowCutSsh ? undefined : await environment.ownSession();
  const outcome = apply(plan, {
    datapath: kernel.datapath,
    clock: () => clock(environment),
    nowNs: () => environment.realtimeNs(),
    probeLimit: options.probe === 'all' ? Number.POSITIVE_INFINITY : (options.probe ?? usualProbes),
    onPhase: startProgress(invocation),
    ...(session && { inspect: inspectionFor(session, kernel) }),
  });
  const ms = planningMs + clock(environment) - start;
  return answerFor(plan, outcome, [...planned.problems, ...outcome.problems], ms, invocation);
}

function inspectionFor(session: Session, { datapath, host }: Kernel) {
  return (plan: Plan) => sessionProblems(datapath, host, plan, session);
}

function answerFor(
  plan: Plan,
  outcome: Outcome,
  problems: readonly Problem[],
  ms: number,
  { options }: Invocation,
): Answer {
  return {
    kind: 'Outcome',
    exitCode: exitCodeOfResult(outcome.result, options.detailedExitcode, outcome.problems),
    problems,
    fields: () => ({ ...outcomeFields(plan, outcome, ms), plan: planFields(plan) }),
    text: (style) => outcomeText(plan, outcome, ms, style),
  };
}

function clock({ monotonicNs }: Invocation['environment']): number {
  return Number(monotonicNs()) / 1e6;
}
