// A question to whoever sits at the terminal. Without a terminal a question is a refusal.
import { type Problem, problem } from '../problem.ts';
import type { Invocation } from './command.ts';

/** undefined: yes. */
export async function confirm({ environment }: Invocation, question: string): Promise<Problem | undefined> {
  if (!environment.canAsk)
    return problem('declined', 'there is no terminal to ask on', {
      hint: 'leave --ask away to go on without a question',
    });
  const answer = await environment.ask(`${question} [y/N] `);
  if (answer === undefined) return problem('interrupted', 'interrupted at the question; nothing was changed');
  return /^y(es)?$/i.test(answer.trim()) ? undefined : problem('declined', 'declined; nothing was changed');
}

/** --yes for what may let traffic leave in the clear. */
export function refuseWithoutYes(message: string): Problem {
  return problem('declined', message, { hint: 'say --yes if that is meant' });
}
