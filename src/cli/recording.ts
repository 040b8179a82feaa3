// What ran is written into the instance's history. Whatever goes wrong here is a warning: what was done is done.

import type { EntryDraft } from '../history/entry.ts';
import { codeOf } from '../history/files.ts';
import { addEntry, type Content, markUsed, removeHistory } from '../history/history.ts';
import { pendingFile, timerFile } from '../history/pending.ts';
import { lastGeneration, type Shelf } from '../history/shelf.ts';
import { type Problem, problem } from '../problem.ts';
import { countChanges, type Plan } from '../reconcile/plan.ts';
import type { RevertPlan } from '../reconcile/revert.ts';
import { changesText } from '../report/changes.ts';
import { plain } from '../report/style.ts';
import { hex, isoTime } from '../report/words.ts';
import type { Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import { contentOf } from './kept-content.ts';
import type { Machine } from './machine.ts';

export async function shelfOf({ environment, options }: Invocation, instance: string): Promise<Shelf> {
  return { files: (await environment.machine()).state(options.stateDir), instance };
}

/** Asked when the kernel knows no generation. A history that cannot be read counts from 1. */
export async function generationsKnown(invocation: Invocation, instance: string): Promise<() => bigint> {
  const shelf = await shelfOf(invocation, instance);
  return () => {
    try {
      return BigInt(lastGeneration(shelf));
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      return 0n;
    }
  };
}

/** What an entry says beside what the machine knows. */
export type Happening = Pick<EntryDraft, 'kind' | 'of' | 'result'> &
  Partial<Pick<EntryDraft, 'planId' | 'confirmWithinMs' | 'byDaemon'>> & {
    /** Of texts that were read earlier; absent: the files are looked at now. */
    readonly commit?: EntryDraft['commit'];
  };

/** Of a generation that was staged, with what it was made from. */
export async function recordStaged(
  invocation: Invocation,
  plan: Plan,
  desired: Desired,
  happening: Happening,
): Promise<Problem[]> {
  const digests = { sourceDigest: hex(desired.topology.sourceDigest), buildDigest: hex(plan.buildDigest) };
  const policy = plan.policy === 'sync' ? undefined : plan.policy;
  const told = { ...digests, ...changesOf(plan.objects), policy };
  const content = await contentOf(plan, desired);
  return await record(invocation, plan.instance, plan.generation, told, happening, content);
}

/** Of a switch back: nothing was staged, so what it was made from is with the entry before. */
export async function recordSwitch(invocation: Invocation, plan: RevertPlan, happening: Happening): Promise<Problem[]> {
  const meta = plan.to?.meta;
  const digests = {
    sourceDigest: meta ? hex(meta.sourceDigest) : '',
    buildDigest: meta ? hex(meta.buildDigest) : '',
  };
  const told = { ...digests, ...changesOf(plan.objects), policy: undefined };
  return await record(invocation, plan.instance, meta?.generation ?? 0n, told, happening, undefined);
}

async function commitNow(
  machine: Machine,
  happening: Happening,
  content: Content | undefined,
): Promise<EntryDraft['commit']> {
  if ('commit' in happening || !content) return happening.commit;
  return await machine.commitOf(content.sources.map(({ file }) => file));
}

function changesOf(objects: Plan['objects']): Pick<EntryDraft, 'counts' | 'summary'> {
  return { counts: countChanges(objects), summary: changesText(objects, false, plain) };
}

async function record(
  invocation: Invocation,
  instance: string,
  generation: bigint,
  told: Pick<EntryDraft, 'sourceDigest' | 'buildDigest' | 'counts' | 'summary' | 'policy'>,
  happening: Happening,
  content: Content | undefined,
): Promise<Problem[]> {
  const { environment } = invocation;
  const machine = await environment.machine();
  const shelf = await shelfOf(invocation, instance);
  const draft = {
    generation: Number(generation),
    planId: undefined,
    confirmWithinMs: undefined,
    byDaemon: false,
    ...happening,
    time: isoTime(environment.realtimeNs()),
    by: machine.who(),
    ...told,
    commit: await commitNow(machine, happening, content),
  };
  return tolerant(shelf, () => {
    addEntry(shelf, draft, content);
    if (draft.planId !== undefined) markUsed(shelf, draft.planId, draft.generation);
  });
}

/** History, and what waited or was settled: all that is kept of an instance beside the kernel. */
export async function forgetFiles(
  invocation: Invocation,
  instance: string,
): Promise<{ readonly isGone: boolean; readonly problems: readonly Problem[] }> {
  const { environment, options } = invocation;
  const shelf = await shelfOf(invocation, instance);
  const runtime = (await environment.machine()).runtime(options.runDir);
  let isGone = false;
  const problems = tolerant(shelf, () => {
    for (const name of [pendingFile(instance), timerFile(instance)]) runtime.remove(name);
    isGone = removeHistory(shelf);
  });
  return { isGone, problems };
}

/** What the file system refuses becomes a warning. */
export function tolerant(shelf: Shelf, work: () => void): Problem[] {
  try {
    work();
    return [];
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return [historyLost(shelf, error)];
  }
}

export function historyLost({ files, instance }: Shelf, error: unknown): Problem {
  const reason = error instanceof Error ? error.message : String(error);
  return problem(
    'history-lost',
    `the history of ${instance} below ${files.root} cannot be kept: ${reason}`,
    { hint: 'what was applied is applied; make room there, or name another directory with --state-dir' },
    'warning',
  );
}
