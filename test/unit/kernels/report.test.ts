// What `make test-kernels` makes of a guest's report: only a kernel on which tests ran and passed is a success.
import { describe, expect, test } from 'vitest';
import { type KernelRun, parseReport, runProblems, summary } from '../../kernels/report.ts';

const file = (name: string, ...statuses: string[]): object => ({
  name: `/project/test/lab/${name}`,
  status: statuses.includes('failed') ? 'failed' : 'passed',
  message: '',
  assertionResults: statuses.map((status, at) => ({ status, fullName: `test ${at}` })),
});
const disk = (...testResults: object[]): Buffer =>
  Buffer.concat([Buffer.from(`6.1.0-1-cloud clsact\n${JSON.stringify({ testResults })}`), Buffer.alloc(64)]);
const run = (written: Buffer, more: Partial<KernelRun> = {}): KernelRun => ({
  series: '6.1',
  seconds: 61.4,
  timedOut: false,
  code: 0,
  report: parseReport(written),
  ...more,
});

describe('a report', () => {
  test('is a success when tests ran and none failed', () => {
    const good = run(disk(file('a.test.ts', 'passed', 'pending'), file('b.test.ts', 'passed')));
    expect(runProblems(good)).toEqual([]);
    expect(summary([good])).toContain(
      'ok      Linux 6.1 (6.1.0-1-cloud, hooks clsact): 2 passed, 0 failed, 1 skipped, 61 s',
    );
  });

  test.each<[what: string, made: KernelRun, problems: string[]]>([
    ['a test failed', run(disk(file('a.test.ts', 'passed', 'failed'))), ['failed: test/lab/a.test.ts: test 1']],
    [
      'a file never began',
      run(disk({ ...file('a.test.ts', 'pending'), status: 'failed' }, file('b.test.ts', 'passed'))),
      ['failed: test/lab/a.test.ts: did not begin'],
    ],
    ['no test was chosen', run(disk(file('a.test.ts', 'pending'))), ['ran no test']],
    [
      'the guest died before the report',
      run(Buffer.alloc(64)),
      ["ended without a report (emulator's exit code 0); see its console.log"],
    ],
    [
      'the guest hung',
      run(disk(file('a.test.ts', 'passed')), { timedOut: true }),
      ['took longer than its limit, and was ended'],
    ],
  ])('is none when %s', (_, made, problems) => {
    expect(runProblems(made)).toEqual(problems);
    expect(summary([made])).toContain('FAILED  Linux 6.1');
  });
});
