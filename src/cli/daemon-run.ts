// One reconcile of the daemon: a cheap look first, then the one apply path; what came of it, as a record.
import type { RowRoom } from '../datapath/port.ts';
import type { Problem } from '../problem.ts';
import type { Phase } from '../reconcile/apply.ts';
import { type Look, lookAt, sameLook } from '../reconcile/look.ts';
import { countChanges, isCounted, isEmptyPlan, type Plan } from '../reconcile/plan.ts';
import type { RunResult } from '../watch/loop.ts';
import type { RunRecord } from '../watch/state.ts';
import type { Answer, Invocation } from './command.ts';
import { applyWork } from './commands/apply.ts';
import type { Good } from './daemon-files.ts';
import type { Desired } from './desired.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit.ts';
import { withKernel } from './kernel.ts';
import { madeBy } from './made-by.ts';
import { createTidying } from './memory.ts';
import { bugProblem, thrownProblem } from './thrown.ts';
import { workFor } from './work.ts';

/** What was not as the last run had left it. */
export interface Drifted {
  /** In words. */
  readonly what: string;
  /** The generation that was found, and which command made it live; undefined: somebody else, or nobody knows. */
  readonly by: { readonly generation: number; readonly command: string } | undefined;
}

export interface Reconciled
  extends Pick<
    RunRecord,
    'result' | 'good' | 'exitCode' | 'changes' | 'driftRows' | 'generation' | 'phases' | 'problems'
  > {
  readonly drift: Drifted | undefined;
  /** What became different, in words; empty: nothing that files speak of. */
  readonly what: string;
}

/** `isThorough`: without the short cut of a look. Never throws. */
export type Reconcile = (good: Good, isThorough: boolean) => Promise<Reconciled>;

/** Routes, sysctls and other instances are no part of a look: every so many of them the whole is gone through. */
const looksInARow = 10;

export function createReconcile(invocation: Invocation): Reconcile {
  /** How it looked when a plan was found empty, what for, and what that said. */
  let rest: { readonly look: Look; readonly desired: Desired; readonly found: Reconciled } | undefined;
  let looks = 0;
  const room: RowRoom = { keys: new Uint8Array(0), values: new Uint8Array(0) };
  const tidy = createTidying();
  /** What the last run that did its work made live, and the interfaces that it found. */
  let left:
    | { readonly desired: Desired; readonly interfaces: string; readonly generation: number | undefined }
    | undefined;

  const work = async ({ desired, problems }: Good, isThorough: boolean): Promise<Reconciled> => {
    const look = await withKernel(invocation, async ({ datapath, host }) =>
      lookAt(desired.topology, datapath, host, room),
    );
    if (!isThorough && rest?.desired === desired && looks < looksInARow && sameLook(look, rest.look)) {
      looks++;
      return rest.found;
    }
    looks = 0;
    rest = undefined;
    const { answer, plan } = await applyPlanned(invocation, desired, problems);
    const isAsLeft = left?.desired === desired && left.interfaces === look.interfaces;
    const byCommand = isAsLeft && plan ? await commandOver(invocation, plan, left?.generation) : undefined;
    const found = reconciledOf(answer, plan, isAsLeft, byCommand);
    tidy();
    if (found.result === 'converged') {
      left = { desired, interfaces: look.interfaces, generation: found.generation };
      if (plan && isEmptyPlan(plan)) rest = { look, desired, found };
    }
    return found;
  };
  return async (good, isThorough) => {
    try {
      return await work(good, isThorough);
    } catch (error) {
      rest = undefined;
      return refused(await saidOf(error));
    }
  };
}

/** What was thrown, on purpose or not: a daemon goes on. */
export async function saidOf(error: unknown): Promise<Problem> {
  return (await thrownProblem(error)) ?? bugProblem(error);
}

export function refused(...problems: readonly Problem[]): Reconciled {
  const exitCode = exitCodeOf(problems);
  return { ...nothingDone, result: resultOf(exitCode), good: undefined, exitCode, problems };
}

const nothingDone = {
  changes: undefined,
  driftRows: 0,
  generation: undefined,
  phases: [],
  drift: undefined,
  what: '',
} as const;

async function applyPlanned(invocation: Invocation, desired: Desired, known: readonly Problem[]) {
  let plan: Plan | undefined;
  const work = workFor(invocation, desired, known, { kind: 'apply', of: undefined });
  const answer = await applyWork(invocation, {
    ...work,
    isDaemons: true,
    plan: async (kernel) => {
      const planned = await work.plan(kernel);
      plan = 'failed' in planned ? undefined : planned.value;
      return planned;
    },
  });
  return { answer, plan };
}

/** The command that made another generation live than the last run left. */
async function commandOver(
  invocation: Invocation,
  { instance, live }: Plan,
  left: number | undefined,
): Promise<Drifted['by']> {
  const generation = Number(live.slot?.meta.generation ?? 0);
  if (generation === 0 || generation === left) return undefined;
  const command = await madeBy(invocation, instance, generation);
  return command === undefined ? undefined : { generation, command };
}

function reconciledOf(answer: Answer, plan: Plan | undefined, isAsLeft: boolean, by: Drifted['by']): Reconciled {
  const result = resultOf(answer.exitCode);
  const { phases } = answer.fields() as { readonly phases?: readonly Phase[] };
  const told = { result, good: result, exitCode: answer.exitCode, phases: phases ?? [], problems: answer.problems };
  if (!plan) return { ...nothingDone, ...told };
  const isDrift = isAsLeft && !isEmptyPlan(plan) && !plan.renewals.includes('program');
  return {
    ...told,
    changes: { ...countChanges(plan.objects), hooks: plan.hooks.length },
    driftRows: isDrift ? rowsMoved(plan) : 0,
    generation: result === 'converged' ? Number(plan.generation) : Number(plan.live.slot?.meta.generation ?? 0),
    drift: isDrift ? { what: driftText(plan), by } : undefined,
    what: whatText(plan),
  };
}

/** Of an event's line: the history has the rest. */
const mostNamed = 3;
const done = { create: 'added', update: 'changed', delete: 'deleted' } as const;

function whatText({ objects }: Plan): string {
  const told = objects.filter(({ kind }) => isCounted(kind));
  const named = told
    .slice(0, mostNamed)
    .map(({ action, kind, id, name }) => `${kind} ${id}${name === undefined ? '' : ` ${name}`} ${done[action]}`);
  const rest = told.length - named.length;
  return [...named, ...(rest > 0 ? [`${rest} more`] : [])].join(', ');
}

function resultOf(exitCode: ExitCode): RunResult {
  switch (exitCode) {
    case exitCodes.done:
    case exitCodes.changes:
      return 'converged';
    case exitCodes.refused:
    case exitCodes.invalidFile:
    case exitCodes.missing:
    case exitCodes.usage:
      return 'held';
    default:
      return 'failed';
  }
}

function rowsMoved({ diffs, renewals }: Plan): number {
  const rows = Object.values(diffs).reduce(
    (sum, { creates, updates, deletes }) => sum + creates.length + updates.length + deletes.length,
    0,
  );
  // Bytes that no file speaks of: one row at least.
  return rows === 0 && renewals.includes('drift') ? 1 : rows;
}

function driftText(plan: Plan): string {
  const parts = [
    counted(rowsMoved(plan), 'row'),
    counted(plan.hooks.filter(({ action }) => action !== 'switch' || !plan.stages).length, 'hook'),
    plan.repairsPins || plan.renewals.includes('incomplete') ? 'pins' : '',
    plan.settles.length > 0 ? 'an interrupted switch' : '',
  ].filter((part) => part !== '');
  return parts.join(', ') || 'its marks';
}

function counted(number: number, what: string): string {
  return number === 0 ? '' : `${number} ${what}${number === 1 ? '' : 's'}`;
}
