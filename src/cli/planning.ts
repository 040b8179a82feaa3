// Files and kernel → plan: what plan, diff and apply do alike before they part.
import { hasErrors, type Problem } from '../problem.ts';
import { guardProblems } from '../reconcile/guards.ts';
import type { Plan } from '../reconcile/plan.ts';
import { prepare } from '../reconcile/prepare.ts';
import type { Attempt, Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import type { Kernel } from './kernel.ts';

/** @param known warnings that reading the files gave */
export async function makePlanFor(
  { options, environment }: Invocation,
  { topology, keys }: Desired,
  known: readonly Problem[],
  { datapath, host }: Kernel,
): Promise<Attempt<Plan>> {
  const buildDigest = await environment.buildDigest();
  const { hook, policy } = options;
  const input = { topology, keys, hook, buildDigest, policy, nowNs: environment.realtimeNs() };
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
