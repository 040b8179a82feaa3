// Whoever reads a problem reads what to do next, in one sentence of our own tone.
import { describe, expect, test } from 'vitest';
import { commands } from '../../src/cli/commands.ts';
import { optionSpecs } from '../../src/cli/option-specs.ts';
import { problem, problemCodes } from '../../src/problem.ts';

describe('a problem', () => {
  test.each(problemCodes)(
    '%s has a hint where nobody knew a better one: one sentence, no blame, no full stop',
    (code) => {
      const { hint = '' } = problem(code, 'something is wrong');
      expect(hint).toMatch(/^[`a-z(].{7,}[^.\s]$/);
      expect(hint).not.toMatch(/\n|please check|invalid|docs\/|error:/i);
    },
  );

  test('keeps a better hint', () => {
    expect(problem('usage', 'm', { hint: 'type this' }).hint).toBe('type this');
  });

  test('names only commands and options that there are', () => {
    const names = commands.map(({ name }) => name);
    const flags = Object.values(optionSpecs).flatMap(({ flags: text }) => /--[\w-]+/.exec(text)?.[0] ?? []);
    const hints = problemCodes.map((code) => problem(code, 'm').hint ?? '').join('\n');
    const named = [...hints.matchAll(/trueingress ([a-z]+)/g)].map(([, name]) => name ?? '');
    const said = [...hints.matchAll(/--[\w-]+/g)].map(([flag]) => flag);
    expect(named.filter((name) => !names.includes(name))).toEqual([]);
    expect(said.filter((flag) => !['--help', ...flags].includes(flag))).toEqual([]);
    expect(Math.min(named.length, said.length)).toBeGreaterThan(10);
  });
});
