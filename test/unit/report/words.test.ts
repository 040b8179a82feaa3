// Numbers and rows as people read them.
import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { columns, columnsOf } from '../../../src/report/columns.ts';
import { jsonDocument } from '../../../src/report/json.ts';
import { coloured, plain } from '../../../src/report/style.ts';
import { counted, formatAge, formatMs, whenText } from '../../../src/report/words.ts';

describe('words', () => {
  test.each([
    [0.42, '0.4 ms'],
    [9.99, '10.0 ms'],
    [41.4, '41 ms'],
    [9_999, '9999 ms'],
    [12_345, '12.3 s'],
  ])('%d ms reads %s', (ms, text) => expect(formatMs(ms)).toBe(text));

  test.each([
    [0, 'now'],
    [999, 'now'],
    [1_000, '1 s'],
    [119_000, '119 s'],
    [120_000, '2 min'],
    [7_200_000, '2 h'],
    [172_800_000, '2 d'],
  ])('an age of %d ms reads %s', (ms, text) => expect(formatAge(ms)).toBe(text));

  test.each([
    ['2026-11-26T15:02:11.900Z', '15:02:11'],
    ['2026-11-25T23:59:59Z', '2026-11-25 23:59:59'],
    ['2026-11-27T00:00:00Z', '2026-11-27 00:00:00'],
  ])('%s reads %s on 26 November', (iso, text) =>
    expect(whenText(Date.parse(iso), Date.parse('2026-11-26T18:00:00Z'))).toBe(text),
  );

  test('one is singular, everything else is plural', () => {
    expect([counted(0, 'row'), counted(1, 'row'), counted(2n, 'row')]).toEqual(['0 rows', '1 row', '2 rows']);
  });
});

describe('columns', () => {
  test('align numbers to the right and texts to the left, without trailing blanks', () => {
    const rows = [
      { tunnel: 7, remote: 'learned', inPackets: 10n },
      { tunnel: 100, remote: '1.2.3.4:5', inPackets: 9n },
    ];
    expect(columnsOf(rows, plain)).toBe(
      'TUNNEL  REMOTE     IN-PACKETS\n     7  learned            10\n   100  1.2.3.4:5           9\n',
    );
    expect(columns(['A', 'B'], [['long one', '']], plain)).toBe('A         B\nlong one\n');
  });

  test('are nothing when there are no rows', () => expect(columnsOf([], plain)).toBe(''));

  test('are as wide with colours as without', () => {
    const bare = stripVTControlCharacters(columnsOf([{ a: 'x' }], coloured));
    expect(bare).toBe(columnsOf([{ a: 'x' }], plain));
  });
});

describe('a JSON document', () => {
  test('shows big integers as numbers, keeps problems sorted and leaves source lines out', () => {
    const place = (line: number) => ({ file: 'a.yaml', line, column: 1 });
    const problems = [
      { code: 'bug', severity: 'error', message: 'two', place: place(2) },
      { code: 'bug', severity: 'warning', message: 'one', place: place(1), sourceLine: 'key: secret', hint: 'mend it' },
    ] as const;
    const text = jsonDocument('Stats', 70, problems, { packets: 12n });
    expect(text).not.toContain('secret');
    expect(JSON.parse(text)).toEqual({
      apiVersion: 'trueingress/v1',
      kind: 'Stats',
      exitCode: 70,
      problems: [
        { code: 'bug', severity: 'warning', message: 'one', place: place(1), hint: 'mend it' },
        { code: 'bug', severity: 'error', message: 'two', place: place(2) },
      ],
      packets: 12,
    });
  });
});
