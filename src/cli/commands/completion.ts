// completion: the script for one shell.
import { problem } from '../../problem.ts';
import { type Answer, failure, type Invocation } from '../command.ts';
import { exitCodes } from '../exit.ts';

export async function run({ environment, commands, arguments: [shell] }: Invocation): Promise<Answer> {
  if (shell === undefined)
    return failure([problem('usage', 'no shell was named', { hint: hintFor(environment.variables.SHELL) })]);
  const { completionScript } = await import('../guide/completion.ts');
  const script = completionScript(shell, commands);
  return {
    kind: 'Completion',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ shell, script }),
    text: () => script,
  };
}

function hintFor(own: string | undefined): string {
  const name = /(bash|zsh|fish)$/.exec(own ?? '')?.[1] ?? 'bash';
  return `say bash, zsh or fish: trueingress completion ${name}`;
}
