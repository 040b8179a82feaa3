// Two texts of a file as a unified diff, without the keys that stand in them.
import { createComplaints } from '../topology/complaints.ts';
import { loadSource } from '../topology/load.ts';
import { secretLines } from '../topology/secrets.ts';
import { patchOf } from './diff.ts';

export interface NamedText {
  readonly name: string;
  readonly text: string;
}

/** Empty when the two are the same. */
export async function textDiff(before: NamedText, after: NamedText): Promise<string> {
  if (before.text === after.text) return '';
  const numbers = new Map<string, number>();
  const [old, fresh] = [await withoutKeys(before, numbers), await withoutKeys(after, numbers)];
  return await patchOf({ ...before, text: old }, { ...after, text: fresh });
}

/** What somebody commented out may still be a key. */
const commentedKey = /#.*(key|sign|secret|pass|token|psk)\w*["']?\s*:/i;

/** A line that may hold a key shows a number instead, another one where the line is another: that it changed can be seen. */
async function withoutKeys({ name, text }: NamedText, numbers: Map<string, number>): Promise<string> {
  const document = await loadSource({ file: name, text, directory: '.' }, createComplaints());
  const secret = document ? secretLines(document) : undefined;
  return text
    .split('\n')
    .map((line, at) => {
      if (secret && !secret.has(at + 1) && !commentedKey.test(line)) return line;
      const number = numbers.get(line.trim()) ?? numbers.size + 1;
      numbers.set(line.trim(), number);
      return `${/^[\s-]*/.exec(line)?.[0] ?? ''}(a line with a key, ${number})`;
    })
    .join('\n');
}
