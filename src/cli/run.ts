// argv and an environment → an exit code. Everything that can end a command ends here: an answer, help, a refusal of the
// kernel, a bug. Exactly one document on stdout with --json, whatever happened.

import { type Problem, problem, sortProblems } from '../problem.ts';
import { jsonDocument, jsonLine } from '../report/json.ts';
import { formatProblem } from '../report/problems.ts';
import { coloured, plain } from '../report/style.ts';
import { type Answer, failure, type Talk } from './command.ts';
import { commands } from './commands.ts';
import type { Environment, Output } from './environment.ts';
import { type ExitCode, exitCodeOf, exitCodes } from './exit.ts';
import type { ColorChoice, Options } from './options.ts';
import { type Parsed, parseCommandLine } from './parse.ts';
import { bugProblem, thrownProblem } from './thrown.ts';

/** @param words argv without node and script */
export async function runCommandLine(words: readonly string[], environment: Environment): Promise<ExitCode> {
  // Asked of the words, since a command line that cannot be parsed must be answered in JSON as well.
  // Shells ask it while somebody types, and give it what was typed: it answers them, or it is silent.
  const isAsked = words[0] === '__complete';
  const json = !isAsked && words.includes('--json');
  const debug = words.includes('--debug');
  let talk = talkOf(environment, 'auto', json);
  let answer: Answer;
  try {
    const parsed = parseCommandLine(words, environment.variables);
    if (parsed.kind === 'help') {
      environment.stdout.write(parsed.text);
      return exitCodes.done;
    }
    if (parsed.kind === 'command') talk = talkOf(environment, parsed.options.color, json);
    answer = await answerOf(parsed, environment, talk);
  } catch (error) {
    answer = failure([bugProblem(error)]);
    if (debug) environment.stderr.write(`${error instanceof Error ? error.stack : String(error)}\n`);
  }
  if (isAsked && answer.exitCode !== exitCodes.done) return exitCodes.done;
  show(answer, environment, talk, json);
  const { fault } = environment.stdout;
  if (fault === undefined) return answer.exitCode;
  const cut = problem('kernel-refused', `the output could not be written to its end: ${fault}`, {
    hint: 'what the command did is done; what it printed is not whole',
  });
  environment.stderr.write(`${formatProblem(cut, { color: false })}\n`);
  return answer.exitCode === exitCodes.done ? exitCodes.unavailable : answer.exitCode;
}

async function answerOf(
  parsed: Exclude<Parsed, { kind: 'help' }>,
  environment: Environment,
  talk: Talk,
): Promise<Answer> {
  if (parsed.kind === 'usage') return failure([parsed.problem]);
  const { run } = await parsed.spec.load();
  try {
    return await run({ commands, options: parsed.options, arguments: parsed.arguments, environment, talk });
  } catch (error) {
    const said = await thrownProblem(error);
    if (!said) throw error;
    return failure([said]);
  }
}

function show(answer: Answer, environment: Environment, talk: Talk, json: boolean): void {
  if (json) {
    const write = answer.isStream ? jsonLine : jsonDocument;
    environment.stdout.write(write(answer.kind, answer.exitCode, answer.problems, answer.fields()));
    return;
  }
  environment.stdout.write(answer.text(talk.style));
  talk.tell(answer.problems);
}

function talkOf(environment: Environment, color: ColorChoice, json: boolean): Talk {
  const { stdout, stderr } = environment;
  const told = new Set<Problem>();
  const problemStyle = { color: colours(stderr, color, environment) };
  return {
    style: colours(stdout, color, environment) ? coloured : plain,
    print: (text) => {
      if (!json) stdout.write(text);
    },
    tell: (problems) => {
      if (json) return;
      for (const one of sortProblems(problems)) {
        if (!told.has(one)) stderr.write(`${formatProblem(one, problemStyle)}\n`);
        told.add(one);
      }
    },
    progress: (text) => {
      if (stderr.isTerminal) stderr.write(`${text}\n`);
    },
    remark: (text) => {
      if (!json) stderr.write(text);
    },
    record: (kind, problems, fields) => {
      if (json) stdout.write(jsonLine(kind, exitCodeOf(problems), problems, fields));
    },
  };
}

/** https://no-color.org: set and not empty. An explicit --color says more than the variable. */
function colours(output: Output, color: Options['color'], { variables }: Environment): boolean {
  if (color !== 'auto') return color === 'always';
  if (variables.NO_COLOR) return false;
  if (variables.FORCE_COLOR && variables.FORCE_COLOR !== '0') return true;
  return output.isTerminal && variables.TERM !== 'dumb';
}
