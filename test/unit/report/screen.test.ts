// A text in place: what fits, what is cut, what colours do to it.
import { describe, expect, test } from 'vitest';
import { screenText } from '../../../src/report/screen.ts';

const text = (lines: number): string => Array.from({ length: lines }, (_, at) => `line ${at}\n`).join('');

describe('a text in place', () => {
  test('begins at the top left corner, erases what was on its lines and below', () => {
    expect(screenText('a\nb\n', 'foot', { rows: 24, columns: 80 })).toBe(
      '\u001b[Ha\u001b[K\nb\u001b[K\nfoot\u001b[K\u001b[J',
    );
  });

  test('is never longer than the terminal, and says how much is missing', () => {
    const shown = screenText(text(30), 'foot', { rows: 10, columns: 80 }).split('\n');
    expect(shown).toHaveLength(10);
    expect(shown.at(-1)).toContain('foot · 21 more lines');
  });

  test('is never wider, and colours end with their line', () => {
    const [line] = screenText(`\u001b[31mabcdef\u001b[39mgh\n`, 'foot', { rows: 10, columns: 4 }).split('\n');
    expect(line).toBe('\u001b[H\u001b[31mabcd\u001b[39m\u001b[K');
  });
});
