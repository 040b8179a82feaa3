// Three projects. unit: no root, threads. kernel and lab: real kernel, one process at a time, since they share two cores and
// their figures (packets lost) must not depend on each other's load.
import { defineConfig } from 'vitest/config';
import { patience } from './test/support/patience.ts';

const alone = { pool: 'forks', maxWorkers: 1, fileParallelism: false, retry: 0 } as const;

export default defineConfig({
  cacheDir: 'build/vitest',
  test: {
    reporters: ['default'],
    passWithNoTests: true,
    projects: [
      {
        test: {
          name: 'unit',
          pool: 'threads',
          include: ['test/unit/**/*.test.ts', 'test/cases/**/*.test.ts', 'test/property/**/*.test.ts'],
          testTimeout: 60_000 * patience,
          sequence: { groupOrder: 0 },
        },
      },
      {
        test: {
          name: 'kernel',
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: 60_000 * patience,
          hookTimeout: 60_000 * patience,
          sequence: { groupOrder: 1 },
          ...alone,
        },
      },
      {
        test: {
          name: 'lab',
          include: ['test/lab/**/*.test.ts'],
          testTimeout: 60_000 * patience,
          hookTimeout: 60_000 * patience,
          sequence: { groupOrder: 2 },
          ...alone,
        },
      },
    ],
  },
});
