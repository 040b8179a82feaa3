import { describe, expect, it } from 'vitest';
import { problem } from '../../../src/problem.ts';
import { formatProblem } from '../../../src/report/problems.ts';

const plain = { color: false };
const place = { file: 'gateway.yaml', line: 12, column: 13 };
const message = 'service "web" uses tunnel 17, which is not defined';

describe('formatting a problem', () => {
  it('shows place, code, sentence, source line with a caret, and hint', () => {
    const one = problem('tunnel-not-found', message, {
      place,
      hint: 'defined tunnels are 7 and 9',
      sourceLine: '    tunnel: 17',
    });
    expect(formatProblem(one, plain)).toBe(`gateway.yaml:12:13: error[tunnel-not-found]: ${message}
      tunnel: 17
              ^
  hint: defined tunnels are 7 and 9`);
  });

  it('leaves out what there is not', () => {
    const bare = { code: 'no-bpffs', severity: 'warning', message: 'no bpffs' } as const;
    expect(formatProblem(bare, plain)).toBe('warning[no-bpffs]: no bpffs');
    expect(formatProblem({ ...bare, code: 'key-empty', severity: 'error', message: 'empty', place }, plain)).toBe(
      'gateway.yaml:12:13: error[key-empty]: empty',
    );
  });

  it('colours code, place, caret and hint when asked', () => {
    const one = problem('key-empty', 'empty', {
      place: { file: 'a', line: 1, column: 1 },
      hint: 'h',
      sourceLine: 'key',
    });
    expect(formatProblem(one, { color: true })).toBe(
      '\x1b[1ma:1:1:\x1b[0m \x1b[1;31merror[key-empty]\x1b[0m: empty\n  key\n  \x1b[1;31m^\x1b[0m\n  \x1b[34mhint:\x1b[0m h',
    );
  });

  it('keeps the caret below its character behind tabs and wide characters', () => {
    const one = {
      code: 'wrong-value',
      severity: 'error',
      message: 'm',
      place: { file: 'a', line: 1, column: 5 },
      sourceLine: '\t日😀 x',
    } as const;
    expect(formatProblem(one, plain)).toBe('a:1:5: error[wrong-value]: m\n   日😀 x\n        ^');
  });

  it('gives each line of what the verifier said a line of its own', () => {
    const one = problem('kernel-refused', 'm', { hint: 'the verifier said: R1 type=scalar\nexpected=fp' });
    expect(formatProblem(one, plain)).toBe(
      'error[kernel-refused]: m\n  hint: the verifier said: R1 type=scalar\n    expected=fp',
    );
  });

  it('lets no control character through', () => {
    const one = problem('wrong-value', 'a\x1b[31mb\nc', {
      place: { file: 'x\x1by', line: 1, column: 1 },
      hint: '\x07',
      sourceLine: '\x1b[31mred',
    });
    expect(formatProblem(one, plain).replaceAll('\n', '')).not.toMatch(/\p{Cc}/u);
  });
});
