// TAP version 14 as its specification has it (testanything.org): version, plan, test points, YAML blocks. Anything else is refused.
import { parse } from 'yaml';

export interface TapPoint {
  readonly ok: boolean;
  readonly number: number;
  readonly description: string;
  readonly diagnostic: unknown;
}

/** Throws where a line is none of TAP's, or the plan is not kept. */
export function parseTap(source: string): TapPoint[] {
  if (!source.endsWith('\n')) throw new Error('the last line has no end');
  const [version, plan = '', ...lines] = source.slice(0, -1).split('\n');
  if (version !== 'TAP version 14') throw new Error(`no version: ${version}`);
  const planned = Number(/^1\.\.(\d+)$/.exec(plan)?.[1]);
  const points: { ok: boolean; number: number; description: string; diagnostic: unknown }[] = [];
  while (lines.length) {
    const line = lines.shift() ?? '';
    if (line === '  ---') {
      const end = lines.indexOf('  ...');
      const block = lines.splice(0, end + 1).slice(0, -1);
      const last = points.at(-1);
      if (end < 0 || !last || block.some((one) => !one.startsWith('  '))) throw new Error('a block that is none');
      last.diagnostic = parse(block.map((one) => one.slice(2)).join('\n'));
      continue;
    }
    const match = /^(not )?ok (\d+) - ((?:[^#\\]|\\[#\\])*)$/.exec(line);
    if (!match) throw new Error(`no test point: ${line}`);
    const [, not, number, description = ''] = match;
    points.push({
      ok: not === undefined,
      number: Number(number),
      description: description.replace(/\\([#\\])/g, '$1'),
      diagnostic: undefined,
    });
  }
  if (points.length !== planned || points.some(({ number }, at) => number !== at + 1))
    throw new Error(`${points.length} points of ${planned} in the plan`);
  return points;
}
