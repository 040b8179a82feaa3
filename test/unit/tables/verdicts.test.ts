// The list of verdicts is that of bpf/include/verdict.h.
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { describe, expect, test } from 'vitest';
import { isDrop, verdictCounter, verdicts } from '../../../src/tables/verdicts.ts';

const header = readFileSync(resolve(import.meta.dirname, '../../../bpf/include/verdict.h'), 'utf8');

describe('verdicts', () => {
  test('have the names and numbers of enum verdict', () => {
    const members = [...header.matchAll(/^\tVERDICT_([A-Z_]+) = (\d+),$/gm)].map(([, name = '', number]) => ({
      name: name.toLowerCase().replaceAll('_', '-'),
      number: Number(number),
    }));
    expect(members.length).toBeGreaterThan(15);
    expect(verdicts.map(({ name, number }) => ({ name, number }))).toEqual(members);
  });

  test('are drops from the number on that the header says', () => {
    const first = Number(/#define FIRST_DROP (\d+)/.exec(header)?.[1]);
    expect(verdicts.filter(isDrop)).toEqual(verdicts.filter(({ number }) => number >= first));
    expect(verdicts.filter(isDrop).map(({ name }) => name)).toContain('bad-key');
  });

  test('tell the operator what to look at in one line each', () => {
    for (const { look } of verdicts) expect(look).toMatch(/^[^\n]{10,200}$/);
  });

  test('are counted per hook', () => {
    const counters = (['ingress', 'egress'] as const).flatMap((hook) =>
      verdicts.map((one) => verdictCounter(hook, one)),
    );
    expect(new Set(counters).size).toBe(counters.length);
    expect(Math.max(...counters)).toBeLessThan(128);
  });
});
