// config: interfaces and flags in the words of the old tools.
import type { Answer, Invocation } from '../command.ts';
import { runOldTool } from '../old-tools/run.ts';

export async function run(invocation: Invocation): Promise<Answer> {
  return await runOldTool('config', invocation);
}
