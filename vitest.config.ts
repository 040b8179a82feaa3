// Three projects. unit: no root, threads. kernel: real kernel, processes, each in a namespace of its own; both together on all
// CPUs. lab: after them, one process at a time, since its figures (packets lost) must not depend on others' load; those that count
// none, two at a time, took as long (measured: each twice the time).
import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';
import { patience } from './test/support/patience.ts';

// Each Node reads and parses these certificates at its start (50 ms), and the tests start thousands, none of which speaks TLS.
// Those of packages fetch some.
if (process.env.TEST_PACKAGES !== '1' && process.env.TEST_HOSTS !== '1') delete process.env.NODE_EXTRA_CA_CERTS;
// Times are shown in the time zone of whoever looks; processes of workers inherit it.
process.env.TZ = 'UTC';

/** Of one test or hook on the kernel: hangs are ended by it, slow machines are not. */
const limitMs = 150_000 * patience;
/** Left to itself vitest spares one CPU, which of two is half of them. */
const together = { maxWorkers: Math.min(availableParallelism(), 4), sequence: { groupOrder: 0 } };
const alone = { maxWorkers: 1, fileParallelism: false, sequence: { groupOrder: 1 } };

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
          include: ['test/lab/**/*.test.ts'],
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
