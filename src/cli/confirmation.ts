// What waits for a confirmation: armed before a switch, settled by exactly one of confirm, revert, the timer and the next command
// that changes anything. Whoever settles holds the instance's lock and has read the file under it.
import type { Observation } from '../datapath/port.ts';
import type { Who } from '../history/entry.ts';
import { codeOf, type PrivateFiles } from '../history/files.ts';
import {
  type ConfirmProbe,
  type Pending,
  pendingFile,
  readPending,
  type Settled,
  timerFile,
  type Waiting,
  writePending,
} from '../history/pending.ts';
import { KernelError, type Problem, problem } from '../problem.ts';
import { asProblem, forget } from '../reconcile/apply.ts';
import { type RevertOutcome, type RevertPlan, revert } from '../reconcile/revert.ts';
import { planWayBack, stillRuns } from '../reconcile/way-back.ts';
import type { ConfirmationView } from '../report/confirmation.ts';
import { isoTime } from '../report/words.ts';
import type { Invocation } from './command.ts';
import type { Kernel } from './kernel.ts';
import type { Machine } from './machine.ts';
import { recordSwitch } from './recording.ts';

/** Where confirmations are kept, for one command. */
export interface Desk {
  readonly machine: Machine;
  readonly files: PrivateFiles;
}

export async function openDesk({ environment, options }: Invocation): Promise<Desk> {
  const machine = await environment.machine();
  return { machine, files: machine.runtime(options.runDir) };
}

export function pendingOn({ machine, files }: Desk, instance: string): Pending | undefined {
  // Usually nothing is there: then nothing else is asked.
  return files.names('').includes(pendingFile(instance)) ? readPending(files, instance, machine.bootId()) : undefined;
}

export function waitingOn(desk: Desk, instance: string): Waiting | undefined {
  const pending = pendingOn(desk, instance);
  return pending?.state === 'waiting' ? pending : undefined;
}

export function remainingMs({ machine }: Desk, { deadlineNs }: Waiting): number {
  return Number(deadlineNs - machine.boottimeNs()) / 1e6;
}

/** What the others are told who would stage; undefined: nothing is in the way. */
export async function whyNotStage(invocation: Invocation, instance: string): Promise<Problem | undefined> {
  const desk = await openDesk(invocation);
  const waiting = waitingOn(desk, instance);
  if (!waiting) return undefined;
  const { generation, by, until } = waiting;
  return problem(
    'unconfirmed',
    `generation ${generation} is not confirmed yet (applied by ${whoText(by)}, waits until ${until}): nothing may be staged`,
    { hint: `\`trueingress confirm -i ${instance}\` keeps it, \`trueingress revert -i ${instance}\` goes back` },
  );
}

export function whoText({ user, sudoUser, sshClient }: Who): string {
  return `${sudoUser ? `${sudoUser} as ` : ''}${user}${sshClient ? ` from ${sshClient}` : ''}`;
}

export interface Settling {
  readonly settled: Settled | undefined;
  readonly problems: readonly Problem[];
  /** What was taken back; undefined: nothing was to be. */
  readonly plan?: RevertPlan;
  readonly outcome?: RevertOutcome;
}

/**
 * Under the lock. Forgets what the confirmed generation has no more; what cannot be forgotten is no reason to take it back. An
 * apply that was killed before its switch has nothing to confirm: dropped.
 */
export function settleConfirmed(desk: Desk, invocation: Invocation, { datapath }: Kernel, waiting: Waiting): Settling {
  const observation = datapath.observe(waiting.instance);
  if (!stillRuns(observation, BigInt(waiting.generation)))
    return { settled: settle(desk, invocation, waiting, 'dropped', runsNow(observation), ''), problems: [] };
  const settled = settle(desk, invocation, waiting, 'confirmed', waiting.generation, '');
  try {
    forget(datapath, waiting.instance, waiting.gone);
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    return { settled, problems: [{ ...asProblem(error), severity: 'warning' }] };
  }
  return { settled, problems: [] };
}

/** Under the lock. Where the way back fails, it goes on waiting, overdue: somebody tries again. */
export async function takeBack(
  desk: Desk,
  invocation: Invocation,
  kernel: Kernel,
  waiting: Waiting,
  ending: 'expired' | 'reverted',
  reason = '',
): Promise<Settling> {
  const { datapath, host } = kernel;
  const { instance, generation, before } = waiting;
  const observation = datapath.observe(instance);
  if (!stillRuns(observation, BigInt(generation)))
    return { settled: settle(desk, invocation, waiting, 'dropped', runsNow(observation), reason), problems: [] };
  const plan = planWayBack(datapath, observation, host.interfaces(), {
    ...before,
    generation: BigInt(before.generation),
  });
  // What ran before is not there any more: to wait on would only keep everybody from mending it.
  if ('code' in plan)
    return { settled: settle(desk, invocation, waiting, 'dropped', generation, plan.message), problems: [plan] };
  const outcome = revert(datapath, plan, observation.hooks);
  if (outcome.result !== 'applied') return { settled: undefined, problems: outcome.problems, plan, outcome };
  const settled = settle(desk, invocation, waiting, ending, before.generation, reason);
  const kind = ending === 'expired' ? 'unconfirmed' : 'revert';
  const recorded = await recordSwitch(invocation, plan, { kind, of: generation, result: 'applied' });
  return { settled, problems: [...outcome.problems, ...recorded], plan, outcome };
}

function runsNow({ slots, hooks }: Observation): number {
  const name = hooks.find(({ slot }) => slot !== undefined)?.slot;
  return Number((name && slots[name]?.meta.generation) ?? 0);
}

function settle(
  { machine, files }: Desk,
  { environment }: Invocation,
  { id, instance, generation }: Waiting,
  ending: Settled['ending'],
  runs: number,
  reason: string,
): Settled {
  const time = isoTime(environment.realtimeNs());
  const settled: Settled = {
    state: 'settled',
    id,
    instance,
    generation,
    ending,
    runs,
    time,
    reason,
    bootId: machine.bootId(),
  };
  try {
    writePending(files, settled);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    // No room to say how it ended: that nothing waits is what matters.
    files.remove(pendingFile(instance));
  }
  return settled;
}

/** Under the lock, before anything else is done. What it says is a warning beside the command's own. */
export async function takeBackOverdue(
  invocation: Invocation,
  kernel: Kernel,
  instance: string,
): Promise<readonly Problem[]> {
  const desk = await openDesk(invocation);
  const waiting = waitingOn(desk, instance);
  if (!waiting || remainingMs(desk, waiting) > 0) return [];
  const { settled, problems } = await takeBack(
    desk,
    invocation,
    kernel,
    waiting,
    'expired',
    'the next command was there before the timer',
  );
  if (settled?.ending !== 'expired') return problems.map((one) => ({ ...one, severity: 'warning' }));
  const back = settled.runs ? `generation ${settled.runs} runs again` : 'everything of it was taken off';
  const message = `generation ${settled.generation} was not confirmed until ${waiting.until} and was taken back first: ${back}`;
  return [problem('taken-back', message, { hint: 'apply it again if it was meant to stay' }, 'warning'), ...problems];
}

export function viewOf(desk: Desk, waiting: Waiting): ConfirmationView {
  const { instance, generation, before, withinMs, until, timer, probe, by } = waiting;
  return {
    instance,
    generation,
    goesBackTo: before.generation,
    withinMs,
    until,
    remainingMs: remainingMs(desk, waiting),
    timer,
    timerRuns: timerRuns(desk, waiting),
    probe: probeText(probe),
    by: whoText(by),
  };
}

function probeText(probe: ConfirmProbe): string {
  return probe.kind === 'command' ? probe.command : probe.kind === 'learned' ? probe.kind : '';
}

/** The timer writes who it is beside what it waits for: that is how it is known to have started, and to be there still. */
export function timerRuns({ machine, files }: Desk, { id, instance }: Pick<Waiting, 'id' | 'instance'>): boolean {
  const bytes = files.read(timerFile(instance));
  const [whose, pid, startedAt = ''] = bytes ? Buffer.from(bytes).toString().trim().split(' ') : [];
  return whose === id && machine.isRunning({ pid: Number(pid), startedAt });
}

export function nameTimer({ machine, files }: Desk, { id, instance }: Pick<Waiting, 'id' | 'instance'>): void {
  const { pid, startedAt } = machine.self();
  files.write(timerFile(instance), `${id} ${pid} ${startedAt}\n`);
}

/** For who asks once: what waits on an instance; undefined: nothing. */
export async function confirmationOf(invocation: Invocation, instance: string): Promise<ConfirmationView | undefined> {
  const desk = await openDesk(invocation);
  const waiting = waitingOn(desk, instance);
  return waiting && viewOf(desk, waiting);
}

export async function viewNow(invocation: Invocation, waiting: Waiting): Promise<ConfirmationView> {
  return viewOf(await openDesk(invocation), waiting);
}
