// Files and kernel → plan: what plan, diff and apply do alike before they part.
import { hasErrors, type Problem } from '../problem.ts';
import type { Plan } from '../reconcile/plan.ts';
import { type PrepareInput, prepare } from '../reconcile/prepare.ts';
import type { Attempt, Invocation } from './command.ts';
import type { Desired } from './desired.ts';
import type { Kernel } from './kernel.ts';
import { generationsKnown } from './recording.ts';

/**
 * @param known warnings that reading the files gave
 * @param earlier of a plan that was made before: what was decided then
 */
export async function makePlanFor(
  invocation: Invocation,
  { topology, keys }: Pick<Desired, 'topology' | 'keys'>,
  known: readonly Problem[],
  { datapath, host }: Kernel,
  earlier: Pick<PrepareInput, 'hook' | 'epoch'> = { hook: invocation.options.hook },
): Promise<Attempt<Plan>> {
  const { environment } = invocation;
  const buildDigest = await environment.buildDigest();
  const lastGeneration = await generationsKnown(invocation, topology.name);
  const input = { topology, keys, buildDigest, nowNs: environment.realtimeNs(), lastGeneration, ...earlier };
  const { plan, problems } = prepare(input, datapath, host);
  const all = [...known, ...problems, ...(plan?.problems ?? [])];
  return !plan || hasErrors(all) ? { failed: all } : { value: plan, problems: all };
}
