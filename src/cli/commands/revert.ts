// revert: hooks run the generation before this one again, without any file; or an older one, staged again from history.
import type { Observation } from '../../datapath/port.ts';
import { type Problem, problem } from '../../problem.ts';
import { findLive } from '../../reconcile/live.ts';
import { planRevert, type RevertPlan, revert } from '../../reconcile/revert.ts';
import { planWayBack, stillRuns } from '../../reconcile/way-back.ts';
import { revertFields, revertPlanFields, revertPlanText, revertText } from '../../report/revert.ts';
import { besideDaemon } from '../beside-daemon.ts';
import { type Answer, type Attempt, failure, type Invocation } from '../command.ts';
import { type Desk, openDesk, pendingOn, takeBack, waitingOn } from '../confirmation.ts';
import { exitCodeOf, exitCodeOfResult, exitCodes } from '../exit.ts';
import { instanceKnown } from '../instance.ts';
import { type Kernel, withInstance, withKernel, withLockedInstance } from '../kernel.ts';
import { recordSwitch } from '../recording.ts';
import { workOfGeneration } from '../stage-again.ts';
import type { Work } from '../work.ts';
import { applyWork } from './apply.ts';
import { showPlan } from './plan.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  const [text] = invocation.arguments;
  if (text === undefined) return await revertAtOnce(invocation);
  if (!/^[1-9]\d{0,14}$/.test(text))
    return failure([
      problem('usage', `"${text.slice(0, 60)}" is not the number of a generation`, {
        hint: '`trueingress history` lists them',
      }),
    ]);
  const found = await withKernel(invocation, (kernel) => find(invocation, kernel, Number(text)));
  if ('failed' in found) return failure(found.failed);
  if (found.value === 'held') return await revertAtOnce(invocation, Number(text));
  return await (invocation.options.dryRun ? showPlan : applyWork)(invocation, found.value);
}

/** In the other slot, or as work of the history. */
async function find(invocation: Invocation, kernel: Kernel, generation: number): Promise<Attempt<Work | 'held'>> {
  const known = await instanceKnown(invocation, kernel);
  if ('failed' in known) return known;
  const observation = kernel.datapath.observe(known.value);
  const plan = planFor(await openDesk(invocation), kernel, observation);
  if (!('code' in plan) && plan.to?.meta.generation === BigInt(generation)) return { value: 'held', problems: [] };
  return await workOfGeneration(invocation, known.value, generation);
}

async function revertAtOnce(invocation: Invocation, generation?: number): Promise<Answer> {
  const open = invocation.options.dryRun ? withInstance : withLockedInstance;
  return await open(invocation, (kernel, observation) => revertInstance(invocation, kernel, observation, generation));
}

/** The other slot, at once; from what nobody confirmed, to exactly what ran before. */
async function revertInstance(
  invocation: Invocation,
  kernel: Kernel,
  observation: Observation,
  generation: number | undefined,
): Promise<Answer> {
  const { options, environment, talk } = invocation;
  if (exitCodeOf(observation.problems) !== exitCodes.done) return failure(observation.problems);
  const desk = await openDesk(invocation);
  const plan = planFor(desk, kernel, observation);
  if ('code' in plan) return failure([plan]);
  const back = generation === undefined ? whyBackAlready(desk, observation, plan) : undefined;
  if (back) return failure([back]);
  if (generation !== undefined && Number(plan.to?.meta.generation) !== generation)
    return failure([
      problem('nothing-to-revert', `another run staged something over generation ${generation} just now`, {
        hint: 'run the command again: it is staged from history then',
      }),
    ]);
  if (options.dryRun)
    return {
      kind: 'Plan',
      exitCode: options.detailedExitcode ? exitCodes.changes : exitCodes.done,
      problems: [],
      fields: () => revertPlanFields(plan),
      text: (style) => revertPlanText(plan, options.all, style),
    };
  talk.print(revertPlanText(plan, options.all, talk.style));
  const { told } = await besideDaemon(invocation, plan.instance);
  talk.tell(told);
  const start = environment.monotonicNs();
  const { outcome, problems } = await execute(desk, invocation, kernel, observation, plan);
  const ms = Number(environment.monotonicNs() - start) / 1e6;
  return {
    kind: 'Outcome',
    exitCode: exitCodeOfResult(outcome.result, options.detailedExitcode, outcome.problems),
    problems: [...told, ...problems],
    fields: () => ({ ...revertFields(plan, outcome, ms), plan: revertPlanFields(plan) }),
    text: (style) => revertText(plan, outcome, ms, style),
  };
}

/** Who types revert just after the timer did so means the same, and not the generation that nobody confirmed. */
function whyBackAlready(desk: Desk, { instance }: Observation, { from, to }: RevertPlan): Problem | undefined {
  const last = pendingOn(desk, instance);
  const isOfTimer =
    last?.state === 'settled' && last.ending === 'expired' && last.runs === Number(from.meta.generation);
  if (!isOfTimer || Number(to?.meta.generation) !== last.generation) return undefined;
  const message = `generation ${last.generation} was not confirmed and is taken back already: generation ${last.runs} runs`;
  return problem('nothing-to-revert', message, {
    hint: `\`trueingress revert ${last.generation}\` makes it live again, if that is what you want`,
  });
}

function planFor(desk: Desk, { datapath, host }: Kernel, observation: Observation): RevertPlan | Problem {
  const waiting = waitingOn(desk, observation.instance);
  const here = host.interfaces();
  if (!waiting || !stillRuns(observation, BigInt(waiting.generation))) return planRevert(datapath, observation, here);
  const { before } = waiting;
  return planWayBack(datapath, observation, here, { ...before, generation: BigInt(before.generation) });
}

async function execute(
  desk: Desk,
  invocation: Invocation,
  kernel: Kernel,
  observation: Observation,
  plan: RevertPlan,
): Promise<{ readonly outcome: ReturnType<typeof revert>; readonly problems: readonly Problem[] }> {
  const waiting = waitingOn(desk, observation.instance);
  if (waiting) {
    const { outcome, problems } = await takeBack(desk, invocation, kernel, waiting, 'reverted');
    if (outcome) return { outcome, problems };
  }
  const outcome = revert(kernel.datapath, plan, observation.hooks);
  if (outcome.result !== 'applied') return { outcome, problems: outcome.problems };
  const of = Number(findLive(observation).slot?.meta.generation ?? 0);
  const recorded = await recordSwitch(invocation, plan, { kind: 'revert', of, result: 'applied' });
  return { outcome, problems: [...outcome.problems, ...recorded] };
}
