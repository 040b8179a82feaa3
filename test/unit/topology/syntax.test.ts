// What somebody reads who broke a file at night: where the mistake is, the line with it, what to do. And no key, ever.
import { describe, expect, test } from 'vitest';
import { formatProblem } from '../../../src/report/problems.ts';
import { type BrokenText, brokenTexts } from '../../support/broken-texts.ts';
import { gatewayText, read, vary } from './texts.ts';

const problemsOf = async (text: string) => (await read(text)).problems;

describe('a text that is not YAML', () => {
  test.each<BrokenText>(brokenTexts)('is told with line, caret and hint: %s', async (_, text, shown, line, hint) => {
    const [first] = await problemsOf(text);
    const lines = first ? formatProblem(first, { color: false }).split('\n') : [];
    const [place = '', message] = shown.split(/ (.*)/);
    const column = Number(place.split(':')[1]);
    expect(first && [first.code, `${first.place?.line}:${first.place?.column} ${first.message}`]).toEqual([
      'yaml-syntax',
      `${place} ${message}`,
    ]);
    expect(lines.slice(1, 3)).toEqual([`  ${line}`.padEnd(line === '' ? 3 : 0), `  ${' '.repeat(column - 1)}^`]);
    expect(lines.slice(3)).toEqual([`  hint: ${hint}`]);
  });

  test('tells one mistake once, and not all that follows from it', async () => {
    const counts = await Promise.all(brokenTexts.map(async ([what, text]) => [what, (await problemsOf(text)).length]));
    expect(counts.filter(([, count]) => count !== 1)).toEqual([]);
  });

  test('tells a merge that was not settled at each of its marks', async () => {
    const text = vary(gatewayText, [
      '    remote: learned\n',
      '<<<<<<< HEAD\n    remote: learned\n=======\n    remote: 1.2.3.4:5\n>>>>>>> other\n',
    ]);
    const problems = await problemsOf(text);
    expect(problems.map(({ place }) => place?.line)).toEqual([7, 9, 11]);
    expect(new Set(problems.map(({ message }) => message))).toEqual(
      new Set(['a merge of two versions was not settled here']),
    );
  });

  test('never shows a key, wherever the mistake is', async () => {
    const key = 'Pa55w0rd1234567';
    const broken = [
      `"${key}`,
      `[${key}`,
      `{text: ${key}`,
      `{text: ${key} file: x}`,
      `"${key}" x`,
      `@${key}`,
      `${key}: x: y`,
      `&${key} *${key}`,
    ].map((value) => vary(gatewayText, [key, value]));
    const glued = [`key:${key}`, `key ${key}`, `-key: "${key}`, `x-a: "${key}`, `kye:${key} [`, key].map((line) =>
      vary(gatewayText, [`    key: ${key}`, `    ${line}`]),
    );
    const alone = [key, `"${key}`, `[${key}`, `${key}: [`, `- ${key}\n ]`];
    for (const text of [...broken, ...glued, ...alone]) {
      const problems = await problemsOf(text);
      expect(problems.length).toBeGreaterThan(0);
      expect(problems.map((one) => formatProblem(one, { color: false })).join('\n')).not.toContain(key);
    }
  });
});
