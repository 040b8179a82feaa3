// Files and kernel → plan: what plan, diff and apply do alike before they part.
import { hasErrors, type Problem } from '../problem.ts';
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
  const input = { topology, keys, hook: options.hook, buildDigest, nowNs: environment.realtimeNs() };
  const { plan, problems } = prepare(input, datapath, host);
  const all = [...known, ...problems, ...(plan?.problems ?? [])];
  return !plan || hasErrors(all) ? { failed: all } : { value: plan, problems: all };
}
