// The script that completes command lines of trueingress in a shell, made from the tables of commands and options.
import type { CommandSpec } from '../command-spec.ts';
import { bashCompletion } from './bash.ts';
import { fishCompletion } from './fish.ts';
import { guidesOf } from './values.ts';
import { zshCompletion } from './zsh.ts';

/** @param shell bash, zsh or fish */
export function completionScript(shell: string, commands: readonly CommandSpec[]): string {
  const guides = guidesOf(commands);
  switch (shell) {
    case 'zsh':
      return zshCompletion(guides);
    case 'fish':
      return fishCompletion(guides);
    default:
      return bashCompletion(guides);
  }
}
