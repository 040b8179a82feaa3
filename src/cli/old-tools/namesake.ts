// Called as cli_cfg, cli_tunnel or cli_service: the namesake's lines on stdout, its error line on stderr with our problem behind.
// Unlike it, a failure has an exit code.
import type { Asked, Misspoken, Tool } from '../../legacy/asked.ts';
import { errorLine } from '../../legacy/lines.ts';
import { type Problem, problem } from '../../problem.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodeOf, exitCodes } from '../exit.ts';
import { thrownProblem } from '../thrown.ts';
import { change } from './change.ts';
import { shortKey } from './short-key.ts';
import { whatWas, whatWasDone } from './told.ts';

export async function asNamesake(tool: Tool, invocation: Invocation, asked: Asked | Misspoken): Promise<Answer> {
  if ('fault' in asked)
    return failed(invocation, `${tool.toUpperCase()}`, failure([problem('usage', asked.fault, { hint: asked.hint })]));
  if (asked.verb === 'get')
    return await guarded(invocation, asked, () =>
      import('./listing.ts').then((room) => room.listing(invocation, asked.named)),
    );
  const cut = shortKey(asked);
  // The plan is no line of theirs.
  const quiet = { ...invocation, talk: { ...invocation.talk, print: () => {} } };
  return await guarded(invocation, asked, async () => {
    const answer = await change(quiet, cut.asked);
    const isDone = answer.exitCode === exitCodes.done || answer.exitCode === exitCodes.changes;
    if (!isDone || invocation.options.dryRun) return answer;
    const lines = await whatWasDone(asked, invocation);
    return {
      ...answer,
      problems: [...cut.problems, ...answer.problems],
      text: () => lines.map((line) => `${line}\n`).join(''),
    };
  });
}

async function guarded(invocation: Invocation, asked: Asked, act: () => Promise<Answer>): Promise<Answer> {
  let answer: Answer;
  try {
    answer = await act();
  } catch (error) {
    const said = await thrownProblem(error);
    if (!said) throw error;
    answer = failure([said]);
  }
  const isDone = answer.exitCode === exitCodes.done || answer.exitCode === exitCodes.changes;
  return isDone ? answer : failed(invocation, whatWas(asked), answer);
}

function failed({ talk }: Invocation, what: string, answer: Answer): Answer {
  talk.remark(`${errorLine(what, errnoOf(answer.problems))}\n`);
  return { ...answer, text: () => '' };
}

/** What the system call of old would have said of the like. */
function errnoOf(problems: readonly Problem[]): { number: number; text: string } {
  switch (exitCodeOf(problems)) {
    case exitCodes.missing:
      return { number: 2, text: 'No such file or directory' };
    case exitCodes.notPermitted:
      return { number: 1, text: 'Operation not permitted' };
    case exitCodes.locked:
      return { number: 16, text: 'Device or resource busy' };
    case exitCodes.usage:
    case exitCodes.invalidFile:
    case exitCodes.refused:
      return { number: 22, text: 'Invalid argument' };
    default:
      return { number: 5, text: 'Input/output error' };
  }
}
