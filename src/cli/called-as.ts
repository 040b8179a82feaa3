// The name by which this command is called: a link of an old tool's name stands for the command that behaves like it.
import { toolOf } from '../legacy/tool-names.ts';

/** @param path argv's own: the link, not what it leads to */
export function wordsOf(path: string | undefined, words: readonly string[]): readonly string[] {
  const command = toolOf(path);
  return command === undefined ? words : [command, '--old-lines', ...words];
}
