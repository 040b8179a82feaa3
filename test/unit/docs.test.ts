// Documents are held to the sources: docs/PROBLEMS.md lists every problem code and every verdict, and no link leads nowhere.
import { readdirSync, readFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { problemCodes } from '../../src/problem.ts';
import { verdicts } from '../../src/tables/verdicts.ts';
import { deadLinks } from '../support/document-links.ts';

const root = resolve(import.meta.dirname, '../..');
const read = (path: string): string => readFileSync(join(root, path), 'utf8');

describe('docs/PROBLEMS.md', () => {
  const [problemsPart = '', verdictsPart = ''] = read('docs/PROBLEMS.md').split('\n## Verdicts\n');
  const entries = problemsPart.split('\n### ').slice(1);

  test('tells of every problem code, in the order of the list', () => {
    expect(entries.map((entry) => /^`([a-z-]+)`\n/.exec(entry)?.[1])).toEqual(problemCodes);
  });

  test('says meaning, cause and cure of each, in one line each', () => {
    const whole = /^`[a-z-]+`\n- \*\*Meaning:\*\* .+\.\n- \*\*Cause:\*\* .+\.\n- \*\*Cure:\*\* .+\.\n(\n## .+\n)?$/;
    expect(entries.filter((entry) => !whole.test(entry.endsWith('\n') ? entry : `${entry}\n`))).toEqual([]);
  });

  test('has every verdict with its number and with the words of src/tables/verdicts.ts', () => {
    const rows = [...verdictsPart.matchAll(/^\| `([a-z-]+)` \| (\d+) \| [^|]+ \| (.+) \|$/gm)];
    expect(rows.map(([, name, number, look]) => ({ name, number: Number(number), look }))).toEqual(verdicts);
  });
});

test('relative links in documents lead to files that are there, and to headings that they have', () => {
  expect(deadLinks(root, documents())).toEqual([]);
});

/** Every Markdown file of the tree, relative to its root. */
function documents(): string[] {
  const under = (directory: string): string[] =>
    readdirSync(join(root, directory), { recursive: true, encoding: 'utf8' }).map((path) => join(directory, path));
  const places = [
    ...readdirSync(root),
    ...['docs', 'src', 'test', 'bpf', 'examples', 'schemas', 'ansible'].flatMap(under),
  ];
  return places.filter((path) => path.endsWith('.md')).sort();
}
