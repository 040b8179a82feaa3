// What was thrown on purpose, as a problem; anything else is a bug.
import { KernelError, type Problem, problem, Refusal } from '../problem.ts';

/** undefined: nobody threw it on purpose. */
export async function thrownProblem(error: unknown): Promise<Problem | undefined> {
  if (error instanceof Refusal) return error.problem;
  if (!(error instanceof KernelError)) return undefined;
  const { asProblem } = await import('../reconcile/apply.ts');
  const said = asProblem(error);
  const isPermission = error.errnoName === 'EPERM' || (error.errnoName === 'EACCES' && !error.log);
  return isPermission ? { ...said, code: 'not-permitted' } : said;
}

export function bugProblem(error: unknown): Problem {
  const message = error instanceof Error ? error.message : String(error);
  return problem('bug', `trueingress has a bug: ${message.replace(/\s+/g, ' ').slice(0, 200)}`, {
    hint: 'nothing that you did should cause this; please report it with the output of the same command and --debug',
  });
}
