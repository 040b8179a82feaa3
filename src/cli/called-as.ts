// The name by which this command is called: a link of an old tool's name stands for the command that behaves like it.
import { basename } from 'node:path';

const namesakes: Readonly<Record<string, string>> = { cli_cfg: 'config', cli_tunnel: 'tunnel', cli_service: 'service' };

/** @param path argv's own: the link, not what it leads to */
export function wordsOf(path: string | undefined, words: readonly string[]): readonly string[] {
  const command = namesakes[basename(path ?? '')];
  return command === undefined ? words : [command, '--old-lines', ...words];
}
