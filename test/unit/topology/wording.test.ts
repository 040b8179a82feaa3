import { describe, expect, it } from 'vitest';
import { listed, nearest, quote, show } from '../../../src/topology/wording.ts';

describe('wording', () => {
  it.each([
    [[], ''],
    [[1], '1'],
    [[1, 2], '1 and 2'],
    [[1, 2, 3], '1, 2 and 3'],
    [Array.from({ length: 12 }, (_, at) => at), '0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more'],
  ])('lists %j as people do', (items, text) => {
    expect(listed(items)).toBe(text);
  });

  it.each([
    ['servces', 'services'],
    ['Services', 'services'],
    ['tunels', 'tunnels'],
    ['tunnesl', 'tunnels'],
    ['interface', undefined],
    ['x', undefined],
    ['s'.repeat(41), undefined],
  ])('finds what %s was meant to be', (text, meant) => {
    expect(nearest(text, ['services', 'tunnels'])).toBe(meant);
  });

  it.each([
    ['abc', '"abc"'],
    ['a"b', '"a\\"b"'],
    ['a\nb', '"a\\u000ab"'],
    ['\u202eabc', '"\\u202eabc"'],
    ['x'.repeat(60), `"${'x'.repeat(60)}"`],
    ['x'.repeat(61), `"${'x'.repeat(59)}…"`],
    ['😀'.repeat(61), `"${'😀'.repeat(59)}…"`],
  ])('quotes %j on one line, cut to 60 characters', (text, shown) => {
    expect(quote(text)).toBe(shown);
  });

  it('shows other values by what they are', () => {
    expect([null, true, 5, [1], { a: 1 }].map(show)).toEqual(['empty', 'true', '5', 'a list', 'a mapping']);
  });
});
