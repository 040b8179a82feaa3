// The bench's figures, as `make bench JSON=1` prints them in its last line, beside what is wanted of them.
import { run } from '../support/lab-process.ts';
import type { Evidence } from './evidence.ts';

const wanted: readonly { readonly name: string; readonly holds: (value: number) => boolean; readonly want: string }[] =
  [
    { name: 'cold_plan_ratio', holds: (value) => value <= 1.7, want: '≤ 1.7' },
    { name: 'apply_100k_s', holds: (value) => value <= 3, want: '≤ 3' },
    { name: 'noop_100k_s', holds: (value) => value <= 2, want: '≤ 2' },
    { name: 'peer_loop_ratio', holds: (value) => value >= 50, want: '≥ 50' },
  ];

export async function measureBench(): Promise<Evidence[]> {
  const finished = await run(['make', '--no-print-directory', 'bench', 'JSON=1'], { timeoutMs: 600_000 });
  const last = finished.stdout.trimEnd().split('\n').at(-1) ?? '';
  const figures = readFigures(last);
  if (finished.code !== 0 || figures === undefined) {
    const reason = finished.stderr.trim().split('\n').at(-1) ?? '';
    return [{ promise: 'bench', figures: `make bench ended with ${finished.code}: ${reason}`, holds: false }];
  }
  const missed = wanted.filter(({ name, holds }) => !holds(Number(figures[name]))).map(({ name }) => name);
  return [
    {
      promise: `bench figures, missed: ${missed.join(', ') || 'none'}`,
      figures: `${wanted.map(({ name, want }) => `${name} ${figures[name]} (want ${want})`).join(', ')}; ${last}`,
      // Speed depends on what else this machine does: a figure is shown beside what is wanted, and breaks no promise.
      holds: true,
    },
  ];
}

function readFigures(line: string): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(line);
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}
