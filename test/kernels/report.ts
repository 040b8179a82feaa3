// What the guests wrote, and what it comes to. Knows nothing of machines.
import { readFileSync } from 'node:fs';
import type { Ended } from './boot.ts';

export interface Report {
  /** As uname has it. */
  readonly release: string;
  /** The kind of hook that the product chose there. */
  readonly hook: string;
  readonly passed: number;
  readonly failed: number;
  readonly skipped: number;
  /** File and name of each failed test, and files that did not even load. */
  readonly failures: readonly string[];
}

export interface KernelRun extends Ended {
  readonly series: string;
  /** undefined: the guest did not get that far. */
  readonly report: Report | undefined;
}

/** vitest's JSON, as far as we read it. */
interface Results {
  readonly testResults: readonly {
    readonly name: string;
    readonly status: string;
    readonly message: string;
    readonly assertionResults: readonly { readonly status: string; readonly fullName: string }[];
  }[];
}

export function readReport(file: string): Report | undefined {
  return parseReport(readFileSync(file));
}

/** A line with release and hook kind, then vitest's JSON, then zeros up to the end of the disk. */
export function parseReport(disk: Buffer): Report | undefined {
  const end = disk.indexOf(0);
  const text = disk.subarray(0, end === -1 ? undefined : end).toString();
  const lineEnd = text.indexOf('\n');
  if (lineEnd === -1) return undefined;
  const [release = '', hook = ''] = text.slice(0, lineEnd).split(' ');
  const { testResults }: Results = JSON.parse(text.slice(lineEnd + 1));
  const tests = testResults.flatMap(({ name, assertionResults }) =>
    assertionResults.map(({ status, fullName }) => ({
      status,
      title: `${name.replace(/^.*?\/test\//, 'test/')}: ${fullName}`,
    })),
  );
  const of = (wanted: string): typeof tests => tests.filter(({ status }) => status === wanted);
  // A file whose beforeAll fails has tests that are neither passed nor failed.
  const broken = testResults.filter(
    ({ status, assertionResults }) => status === 'failed' && !assertionResults.some((one) => one.status === 'failed'),
  );
  return {
    release,
    hook,
    passed: of('passed').length,
    failed: of('failed').length + broken.length,
    skipped: tests.length - of('passed').length - of('failed').length,
    failures: [
      ...of('failed').map(({ title }) => title),
      ...broken.map(({ name }) => `${name.replace(/^.*?\/test\//, 'test/')}: did not begin`),
    ],
  };
}

/** Why a run is no success; empty: it is one. */
export function runProblems({ report, timedOut, code }: KernelRun): string[] {
  if (timedOut) return ['took longer than its limit, and was ended'];
  if (!report) return [`ended without a report (emulator's exit code ${code}); see its console.log`];
  if (report.passed + report.failed === 0) return ['ran no test'];
  return report.failures.map((title) => `failed: ${title}`);
}

export function summary(runs: readonly KernelRun[]): string {
  const lines = runs.flatMap((run) => {
    const { series, report, seconds } = run;
    const counts = report ? `${report.passed} passed, ${report.failed} failed, ${report.skipped} skipped` : 'no report';
    const kernel = report ? `${report.release}, hooks ${report.hook}` : 'did not finish';
    const problems = runProblems(run);
    const verdict = problems.length === 0 ? 'ok' : 'FAILED';
    return [
      `${verdict.padEnd(7)} Linux ${series} (${kernel}): ${counts}, ${Math.round(seconds)} s`,
      ...problems.map((one) => `          ${one}`),
    ];
  });
  return ['', 'Kernels', ...lines.map((line) => `  ${line}`), ''].join('\n');
}
