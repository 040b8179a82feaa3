// apply: shows the plan and executes it. Asks only when told to. A saved plan and a generation of the history go the same way.
import type { Problem } from '../../problem.ts';
import { apply, type Outcome } from '../../reconcile/apply.ts';
import { type Session, sessionProblems } from '../../reconcile/own-session.ts';
import { isEmptyPlan, type Plan } from '../../reconcile/plan.ts';
import { type ConfirmationView, confirmationFields, confirmationText } from '../../report/confirmation.ts';
import { outcomeFields, outcomeText } from '../../report/outcome.ts';
import { planFields, planText } from '../../report/plan.ts';
import { type Armed, arm, whyNotConfirm } from '../arming.ts';
import { besideDaemon } from '../beside-daemon.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { viewNow, whyNotStage } from '../confirmation.ts';
import { exitCodeOfResult } from '../exit.ts';
import { type Kernel, withKernel, withLock } from '../kernel.ts';
import { guardsOf } from '../planning.ts';
import { startProgress } from '../progress.ts';
import { confirm } from '../question.ts';
import { recordStaged } from '../recording.ts';
import { noPlan, type Planned, type Work, workOf } from '../work.ts';

/** Services probed before the switch unless --probe says otherwise: 1,000 take less than half a second. */
const usualProbes = 1000;

export async function run(invocation: Invocation): Promise<Answer> {
  if (invocation.options.dryRun) return (await import('./plan.ts')).run(invocation);
  const work = await workOf(invocation);
  return 'failed' in work ? failure(work.failed) : await applyWork(invocation, work.value);
}

export async function applyWork(invocation: Invocation, work: Work): Promise<Answer> {
  const { options } = invocation;
  const misuse = whyNotConfirm(invocation, work.desired.topology);
  if (misuse) return failure([misuse]);
  let armed: Armed | undefined;
  const answer = await withKernel(invocation, (kernel) =>
    withLock(invocation, kernel, work.desired.topology.name, () =>
      applyLocked(invocation, work, kernel, async (plan, withinMs) => {
        armed = await arm(invocation, kernel, plan, withinMs);
        return armed;
      }),
    ),
  );
  if (!armed?.isWaiting() || !options.wait) return answer;
  return await (await import('../staying.ts')).stayUntilSettled(invocation, armed.waiting(), answer);
}

type ArmNow = (plan: Plan, withinMs: number) => Promise<Armed>;

async function applyLocked(invocation: Invocation, work: Work, kernel: Kernel, armNow: ArmNow): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const planningFrom = clock(environment);
  const planned = await withUndoing(invocation, work, await work.plan(kernel));
  if ('failed' in planned) return await noPlan(planned);
  const plan = planned.value;
  const planningMs = clock(environment) - planningFrom;
  talk.print(planText(plan, options.all, talk.style));
  talk.tell(planned.problems);
  // Whoever goes back to an earlier generation means all of it.
  const isWayBack = work.happening.kind === 'revert';
  const refused = isWayBack ? [] : guardsOf(plan, options);
  if (refused.length) return failure([...planned.problems, ...refused]);
  const unconfirmed = isEmptyPlan(plan) ? undefined : await whyNotStage(invocation, plan.instance);
  if (unconfirmed) return failure([...planned.problems, unconfirmed]);
  if (options.ask && !isEmptyPlan(plan)) {
    // stdout is kept for the document; whoever is asked must see what about.
    if (options.json) talk.progress(planText(plan, options.all, talk.style).trimEnd());
    const declined = await confirm(invocation, 'Apply this?');
    if (declined) return failure([...planned.problems, declined]);
  }
  const withinMs = isEmptyPlan(plan) ? undefined : options.confirmWithin;
  const armed = withinMs === undefined ? undefined : await armNow(plan, withinMs);
  // Whoever is asked may take their time: it is not part of what an apply takes.
  const start = clock(environment);
  const session = isWayBack || options.allowCutSsh ? undefined : await environment.ownSession();
  const progress = startProgress(invocation);
  const outcome = apply(plan, {
    datapath: kernel.datapath,
    clock: () => clock(environment),
    nowNs: () => environment.realtimeNs(),
    probeLimit: options.probe === 'all' ? Number.POSITIVE_INFINITY : (options.probe ?? usualProbes),
    onPhase: (phase) => {
      if (phase === 'activate') armed?.begin();
      progress(phase);
    },
    keepsGone: armed !== undefined,
    ...(session && { inspect: inspectionFor(session, kernel) }),
  });
  armed?.end(outcome);
  const ms = planningMs + clock(environment) - start;
  const recorded = await recordOutcome(invocation, work, plan, outcome);
  const problems = [...planned.problems, ...outcome.problems, ...recorded];
  const confirmation = armed?.isWaiting() ? await viewNow(invocation, armed.waiting()) : undefined;
  return answerFor(plan, outcome, problems, ms, invocation, work.happening.kind, confirmation);
}

/** What a daemon would undo is told before the question. */
async function withUndoing(invocation: Invocation, { isDaemons }: Work, planned: Planned): Promise<Planned> {
  if (isDaemons || 'failed' in planned || isEmptyPlan(planned.value)) return planned;
  const { told } = await besideDaemon(invocation, planned.value.instance, invocation.options.file);
  return { ...planned, problems: [...planned.problems, ...told] };
}

/** What never ran is no part of history. */
async function recordOutcome(
  invocation: Invocation,
  { desired, happening, isDaemons }: Work,
  plan: Plan,
  { result }: Outcome,
): Promise<Problem[]> {
  if (!plan.stages || result === 'unchanged' || result === 'not-activated') return [];
  const confirmWithinMs = invocation.options.confirmWithin;
  return await recordStaged(invocation, plan, desired, {
    ...happening,
    byDaemon: isDaemons === true,
    result,
    confirmWithinMs,
  });
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
  kind: 'apply' | 'revert' | 'unconfirmed',
  confirmation: ConfirmationView | undefined,
): Answer {
  const command = kind === 'revert' ? kind : 'apply';
  return {
    kind: 'Outcome',
    exitCode: exitCodeOfResult(outcome.result, options.detailedExitcode, outcome.problems),
    problems,
    fields: () => ({
      ...outcomeFields(plan, outcome, ms),
      command,
      ...(confirmation && { confirmation: confirmationFields(confirmation) }),
      plan: planFields(plan),
    }),
    text: (style) => outcomeText(plan, outcome, ms, style) + (confirmation ? confirmationText(confirmation) : ''),
  };
}

function clock({ monotonicNs }: Invocation['environment']): number {
  return Number(monotonicNs()) / 1e6;
}
