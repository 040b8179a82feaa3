// `config`, `tunnel` and `service`: the words of the old tools. Called by an old tool's name, they answer in its lines as well.
import type { Tool } from '../../legacy/asked.ts';
import { readWords } from '../../legacy/words.ts';
import { problem } from '../../problem.ts';
import { type Answer, failure, type Invocation } from '../command.ts';

export async function runOldTool(tool: Tool, invocation: Invocation): Promise<Answer> {
  const { options } = invocation;
  const asked = readWords(tool, invocation.arguments, options.order ?? 'service-group');
  if (options.oldLines) return await (await import('./namesake.ts')).asNamesake(tool, invocation, asked);
  if ('fault' in asked) return failure([problem('usage', asked.fault, { hint: asked.hint })]);
  if (asked.verb !== 'get') return await (await import('./change.ts')).change(invocation, asked);
  if (options.file.length === 0) return await (await import('./get.ts')).get(invocation, asked.named);
  const hint = 'leave -f away; the file itself is plain text';
  return failure([problem('usage', 'get reads what is live, not a file', { hint })]);
}
