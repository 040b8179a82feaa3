// Files and kernel → plan: what plan, diff and apply do alike before they part.
import { hasErrors, type Problem } from '../problem.ts';
import { guardProblems } from '../reconcile/guards.ts';
import type { Plan } from '../reconcile/plan.ts';
import { type PrepareInput, prepare } from '../reconcile/prepare.ts';
import type { Attempt, Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import type { Kernel } from './kernel.ts';
import { generationsKnown } from './recording.ts';

type Earlier = Pick<PrepareInput, 'hook' | 'policy'> & Partial<Pick<PrepareInput, 'epoch'>>;

/**
 * @param known warnings that reading the files gave
 * @param earlier of a plan that was made before: what was decided then
 */
export async function makePlanFor(
  invocation: Invocation,
  { topology, keys }: Pick<Desired, 'topology' | 'keys'>,
  known: readonly Problem[],
  { datapath, host }: Kernel,
  { hook, policy, epoch }: Earlier = invocation.options,
): Promise<Attempt<Plan>> {
  const { environment } = invocation;
  const buildDigest = await environment.buildDigest();
  const lastGeneration = await generationsKnown(invocation, topology.name);
  const nowNs = environment.realtimeNs();
  const input = { topology, keys, buildDigest, nowNs, lastGeneration, hook, policy, epoch };
  const { plan, problems } = prepare(input, datapath, host);
  const all = [...known, ...problems, ...(plan?.problems ?? []), ...(plan ? await keptInTheWay(plan) : [])];
  return !plan || hasErrors(all) ? { failed: all } : { value: plan, problems: all };
}

async function keptInTheWay(plan: Plan): Promise<Problem[]> {
  if (plan.kept.length === 0) return [];
  const { conflictProblems } = await import('../reconcile/policy-conflicts.ts');
  return await conflictProblems(plan);
}

/** What an apply of it would be refused for. */
export function guardsOf(plan: Plan, { allowEmpty, maxDeletions }: Invocation['options']): Problem[] {
  return guardProblems(plan, { empty: allowEmpty, deletions: maxDeletions });
}
