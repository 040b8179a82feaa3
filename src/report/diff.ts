// Two texts as a unified diff. The only room that knows package diff; it is loaded when there is something to compare.

import type { Side, Sides } from '../reconcile/sides.ts';
import { printTopology } from '../topology/write.ts';
import type { Style } from './style.ts';

/** Beyond so many edits, finding the shortest diff takes longer than reading a long one. */
const mostEdits = 5_000;

/** Empty when the two are the same. */
export async function diffSides({ live, desired }: Sides, liveName: string, desiredName: string): Promise<string> {
  const before = live ? await sideText(live) : '';
  const after = await sideText(desired);
  if (before === after) return '';
  const { createTwoFilesPatch, FILE_HEADERS_ONLY } = await import('diff');
  const options = { context: 3, headerOptions: FILE_HEADERS_ONLY };
  const patch = createTwoFilesPatch(liveName, desiredName, before, after, undefined, undefined, {
    ...options,
    maxEditLength: mostEdits,
  });
  return patch ?? wholePatch(liveName, desiredName, before, after);
}

async function sideText({ topology, notes }: Side): Promise<string> {
  return await printTopology(topology, { keys: 'show', header: notes });
}

/** Everything out, everything in. */
function wholePatch(liveName: string, desiredName: string, before: string, after: string): string {
  const [out, into] = [before, after].map((text) => text.replace(/\n$/, '').split('\n'));
  const lines = [
    `--- ${liveName}`,
    `+++ ${desiredName}`,
    `@@ -1,${out?.length ?? 0} +1,${into?.length ?? 0} @@`,
    ...(out ?? []).map((line) => `-${line}`),
    ...(into ?? []).map((line) => `+${line}`),
  ];
  return `${lines.join('\n')}\n`;
}

export function diffText(patch: string, style: Style): string {
  return patch
    .split('\n')
    .map((line) => {
      if (/^(---|\+\+\+) /.test(line)) return style.strong(line);
      if (line.startsWith('+')) return style.added(line);
      if (line.startsWith('-')) return style.removed(line);
      return line.startsWith('@@') ? style.faint(line) : line;
    })
    .join('\n');
}
