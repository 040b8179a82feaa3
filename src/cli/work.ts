// What is to be made live, wherever it comes from: files, a saved plan, the history. There is one way through for all of them
// (commands/apply.ts).
import type { Problem } from '../problem.ts';
import type { Moved } from '../reconcile/moved.ts';
import type { Plan } from '../reconcile/plan.ts';
import { type Answer, type Attempt, failure, type Invocation } from './command.ts';
import { type Desired, readDesiredWithKeys } from './desired.ts';
import type { Kernel } from './kernel.ts';
import { makePlanFor } from './planning.ts';
import type { Happening } from './recording.ts';

export interface Work {
  readonly desired: Desired;
  /** Warnings that reading it gave. */
  readonly known: readonly Problem[];
  /** How history tells of it. */
  readonly happening: Pick<Happening, 'kind' | 'of' | 'planId' | 'commit'>;
  /** Of the daemon itself, which undoes nothing of its own. */
  readonly isDaemons?: true;
  plan(kernel: Kernel): Promise<Planned>;
}

/** With what moved since the plan was made, where that stands in the way. */
export type Planned = Attempt<Plan> & { readonly moved?: readonly Moved[] };

/** -f, or the saved plan that is named. */
export async function workOf(invocation: Invocation): Promise<Attempt<Work>> {
  const [path] = invocation.arguments;
  if (path !== undefined) return await (await import('./saved-plan.ts')).workOfSavedPlan(invocation, path);
  const read = await readDesiredWithKeys(invocation);
  if ('failed' in read) return read;
  const { value: desired, problems } = read;
  return { value: workFor(invocation, desired, problems, { kind: 'apply', of: undefined }), problems };
}

export function workFor(
  invocation: Invocation,
  desired: Desired,
  known: readonly Problem[],
  happening: Work['happening'],
): Work {
  return { desired, known, happening, plan: (kernel) => makePlanFor(invocation, desired, known, kernel) };
}

export async function noPlan({ failed, moved }: Extract<Planned, { failed: unknown }>): Promise<Answer> {
  if (!moved) return failure(failed);
  const { movedFields } = await import('../report/moved.ts');
  return { ...failure(failed), fields: () => ({ moved: movedFields(moved) }) };
}
