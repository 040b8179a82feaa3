// Executes a plan: settle, stage, probe, activate, verify. It decides nothing that the plan does not say, and whatever
// fails before the switch leaves the host as it was; what fails after is switched back.
import type { Datapath, Observation } from '../datapath/port.ts';
import { hasErrors, KernelError, type Problem, problem, Refusal } from '../problem.ts';
import { metaStates } from '../tables/meta.ts';
import { restoreHooks, runHookSteps } from './activate.ts';
import { hookSteps } from './hooks.ts';
import { nextActivation } from './live.ts';
import type { Plan } from './plan.ts';
import { isEmptyPlan } from './plan.ts';
import { type ProbeInput, type ProbeReport, probe } from './probe.ts';
import { type Staged, stage } from './stage.ts';
import { verifyLive } from './verify.ts';

export type PhaseName = 'settle' | 'stage' | 'probe' | 'activate' | 'verify' | 'forget';

export interface Phase {
  readonly name: PhaseName;
  readonly ms: number;
}

export type Result =
  /** There was nothing to do; no write call was made. */
  | 'unchanged'
  | 'applied'
  /** Failed before any hook was switched. */
  | 'not-activated'
  /** Failed later; hooks run what they ran before. */
  | 'reverted'
  /** Failed, and so did the way back. */
  | 'stuck';

export interface Outcome {
  readonly result: Result;
  readonly phases: readonly Phase[];
  readonly staged: Staged | undefined;
  readonly probes: ProbeReport | undefined;
  readonly problems: readonly Problem[];
}

export interface ApplyEnvironment {
  readonly datapath: Datapath;
  /** Monotonic milliseconds. */
  readonly clock: () => number;
  /** CLOCK_REALTIME. */
  readonly nowNs: () => bigint;
  readonly probeLimit: number;
  readonly onPhase?: (name: PhaseName) => void;
  /** Looks at what was staged and probed before anything depends on it; what it says stops the apply. */
  readonly inspect?: (plan: Plan) => readonly Problem[];
  /** What is gone stays learned until the change is confirmed: the way back needs it. */
  readonly keepsGone?: boolean;
}

export function apply(plan: Plan, environment: ApplyEnvironment): Outcome {
  const { datapath } = environment;
  const phases: Phase[] = [];
  const outcome: { staged?: Staged; probes?: ProbeReport } = {};
  const run = <T>(name: PhaseName, work: () => T): T => {
    environment.onPhase?.(name);
    const start = environment.clock();
    try {
      return work();
    } finally {
      phases.push({ name, ms: environment.clock() - start });
    }
  };
  const end = (result: Result, problems: readonly Problem[] = []): Outcome => ({
    result,
    phases,
    staged: outcome.staged,
    probes: outcome.probes,
    problems,
  });

  if (isEmptyPlan(plan)) return end('unchanged');

  let { hooks } = plan;
  let before: Observation['hooks'];
  try {
    if (plan.repairsPins && plan.live.slot) datapath.repairPins(plan.instance, plan.live.slot.name);
    if (plan.settles.length) hooks = run('settle', () => settle(datapath, plan));
    if (plan.stages) {
      outcome.staged = run('stage', () => stage(datapath, plan, environment.nowNs()));
      outcome.probes = run('probe', () => probe(datapath, plan, probeInput(environment)));
      if (hasErrors(outcome.probes.problems)) return end('not-activated', outcome.probes.problems);
      const refused = environment.inspect?.(plan) ?? [];
      if (refused.length) return end('not-activated', refused);
      datapath.writeMeta(plan.instance, plan.slot, { ...outcome.staged.meta, state: metaStates.complete });
    }
    before = datapath.observe(plan.instance).hooks;
  } catch (error) {
    return end('not-activated', [asProblem(error)]);
  }

  const takenBack = (problems: readonly Problem[]): Outcome => {
    const refused = takeBack(datapath, plan, before);
    return refused ? end('stuck', [...problems, refused]) : end('reverted', problems);
  };
  try {
    run('activate', () => runHookSteps(datapath, plan.instance, plan.slot, hooks));
    const problems = run('verify', () => verifyLive(datapath, plan));
    if (problems.length) return takenBack(problems);
  } catch (error) {
    return takenBack([asProblem(error)]);
  }

  const warnings = outcome.probes?.problems ?? [];
  try {
    run('forget', () => {
      if (plan.renewals.includes('layout')) mergeLearned(datapath, plan.instance);
      // In this order: a live slot that is not marked tells the next run that this one forgot nothing yet.
      if (!environment.keepsGone) forget(datapath, plan.instance, plan.gone);
      markLived(datapath, plan, outcome.staged);
    });
  } catch (error) {
    // The new generation is live and verified; what is left is tidying, which the next run does again.
    return end('applied', [...warnings, { ...asProblem(error), severity: 'warning' }]);
  }
  return end('applied', warnings);
}

function probeInput({ probeLimit: limit, nowNs, clock }: ApplyEnvironment): ProbeInput {
  return { limit, nowNs: nowNs(), monotonicNs: BigInt(Math.round(clock() * 1e6)) };
}

/** Finishes an interrupted switch, so that one slot is free to stage in. */
function settle(datapath: Datapath, plan: Plan): Plan['hooks'] {
  const live = plan.live.slot;
  if (!live) return plan.hooks;
  for (const hook of plan.settles) datapath.switchHook(plan.instance, live.name, hook);
  const settled = datapath.observe(plan.instance).hooks;
  return hookSteps(plan.interfaces, settled, plan.hookKind, plan.forceKind, plan.slot, true);
}

/** Until no CPU runs the other build's programs, they write to its maps. */
function mergeLearned(datapath: Datapath, instance: string): void {
  datapath.waitForRunningPrograms();
  datapath.mergeLearned(instance);
}

/** What hooks no longer run may still be on its way on another CPU, and would write what is being forgotten. */
export function forget(datapath: Datapath, instance: string, gone: Plan['gone']): void {
  if (gone.tunnels.length + gone.counters.length === 0) return;
  datapath.waitForRunningPrograms();
  datapath.forget(instance, gone);
}

/** From now on `revert` may come back to it. */
function markLived(datapath: Datapath, plan: Plan, staged: Staged | undefined): void {
  const meta = staged?.meta ?? (plan.marksLived ? plan.live.slot?.meta : undefined);
  if (!meta) return;
  datapath.writeMeta(plan.instance, plan.slot, {
    ...meta,
    state: metaStates.lived,
    activation: nextActivation(plan.observation),
  });
}

/** undefined: hooks run what they ran before. Otherwise why not. */
function takeBack(datapath: Datapath, plan: Plan, before: Observation['hooks']): Problem | undefined {
  try {
    restoreHooks(datapath, plan.instance, before);
    return undefined;
  } catch (error) {
    return asProblem(error);
  }
}

/** What the kernel refused, as something to act on. Anything else is a bug and goes on up. */
export function asProblem(error: unknown): Problem {
  if (error instanceof Refusal) return error.problem;
  if (error instanceof KernelError)
    return problem('kernel-refused', error.message, {
      hint: hintFor(error),
    });
  throw error;
}

function hintFor(error: KernelError): string {
  switch (error.errnoName) {
    case 'EPERM':
    case 'EACCES':
      return error.log
        ? `the verifier said: ${error.log}`
        : 'CAP_BPF, CAP_NET_ADMIN and CAP_PERFMON are needed; run it as root';
    case 'E2BIG':
      return 'the map is full: somebody else wrote rows into it, or the kernel refused its size';
    case 'ENOMEM':
      return 'the kernel has no memory for maps of this size; the cgroup of this process is charged for them';
    case 'EEXIST':
    case 'ENOENT':
      return 'somebody else changed it at the same time; run the command again';
    case 'EAGAIN':
      return 'signals to this process kept interrupting the verifier; run the command again';
    case 'ENODEV':
      return 'the interface went away; run the command again when it is back';
    default:
      return error.log
        ? `the kernel said: ${error.log}`
        : 'run the command again; `trueingress status` shows what is live';
  }
}
