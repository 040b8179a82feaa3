// Four projects. unit: no root, threads. kernel: real kernel, processes, each in a namespace of its own; both together on all
// CPUs. lab: after them, in networks of their own, which leave the CPUs idle for half of the time. traffic: the labs that count
// packets, one at a time after all others, since their figures must not depend on others' load.
import { readdirSync, readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { patience } from './test/support/patience.ts';

// Times are shown in the time zone of whoever looks; processes of workers inherit it.
process.env.TZ = 'UTC';

/** Of one test or hook on the kernel: hangs are ended by it, slow machines are not. */
const limitMs = 150_000 * patience;
/** Left to itself vitest spares one CPU, which of two is half of them. */
const maxWorkers = Math.min(availableParallelism(), 4);
const together = { maxWorkers, sequence: { groupOrder: 0 } };
const alone = { maxWorkers: 1, fileParallelism: false, sequence: { groupOrder: 2 } };

const labs = readdirSync('test/lab')
  .filter((name) => name.endsWith('.test.ts'))
  .map((name) => `test/lab/${name}`);
/** Whether traffic goes on while something happens, of which nothing may be lost. */
const counts = (file: string): boolean => /startFlow|unharmed|UnderChanges/.test(readFileSync(file, 'utf8'));

/** Of `make test-systemd`, which fetches another systemd than the machine's. */
const systemd = {
  test: {
    name: 'systemd',
    pool: 'forks' as const,
    include: ['test/systemd/**/*.test.ts'],
    testTimeout: 90_000 * patience,
    hookTimeout: 90_000 * patience,
    ...alone,
  },
};

/** Of `make test-packages`, which makes a clean Debian. */
const packages = {
  test: {
    name: 'packages',
    pool: 'forks' as const,
    include: ['test/packages/**/*.test.ts'],
    testTimeout: 300_000 * patience,
    hookTimeout: 300_000 * patience,
    ...alone,
  },
};

/** Of `make test-hosts`, which makes hosts that Ansible can reach. */
const installed = {
  test: {
    name: 'hosts',
    pool: 'forks' as const,
    include: ['test/hosts/**/*.test.ts'],
    testTimeout: 200_000 * patience,
    hookTimeout: 200_000 * patience,
    ...alone,
  },
};

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
          ...together,
        },
      },
      {
        test: {
          name: 'kernel',
          pool: 'forks',
          include: ['test/kernel/**/*.test.ts'],
          testTimeout: limitMs,
          hookTimeout: limitMs,
          ...together,
        },
      },
      {
        test: {
          name: 'lab',
          pool: 'forks',
          include: labs.filter((file) => !counts(file)),
          testTimeout: limitMs,
          hookTimeout: limitMs,
          maxWorkers,
          sequence: { groupOrder: 1 },
        },
      },
      {
        test: {
          name: 'traffic',
          pool: 'forks',
          include: labs.filter(counts),
          testTimeout: limitMs,
          hookTimeout: limitMs,
          ...alone,
        },
      },
      ...(process.env.TEST_SYSTEMD === '1' ? [systemd] : []),
      ...(process.env.TEST_PACKAGES === '1' ? [packages] : []),
      ...(process.env.TEST_HOSTS === '1' ? [installed] : []),
    ],
  },
});
