// Processes: a command line of the user's with its limits, the name of a process, the words of a unit.
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { isRunning, processName } from '../../../src/cli/processes.ts';
import { runShell } from '../../../src/cli/shell.ts';
import { unitCommand } from '../../../src/cli/timer-process.ts';

const always = () => true;

/** Waits, since a signal takes its time; a process that stays lets the test run into its time limit. */
async function ended(pid: string | undefined): Promise<void> {
  expect(pid).toMatch(/^\d+$/);
  while (existsSync(`/proc/${pid}/exe`)) await new Promise((resolve) => setTimeout(resolve, 10));
}

describe('runShell', () => {
  test.each([
    ['true', true, 'exit 0'],
    ['false', false, 'exit 1'],
    ['echo out; echo err >&2; exit 3', false, 'out\nerr'],
    ['no-such-command-at-all', false, 'not found'],
  ])('%s', async (command, succeeded, said) => {
    expect(await runShell(command, 10_000, always)).toEqual({ succeeded, said: expect.stringContaining(said) });
  });

  test('keeps the end of what it says, and no more', async () => {
    const { said } = await runShell('seq 100000', 30_000, always);
    expect(said.length).toBeLessThanOrEqual(2000);
    expect(said.endsWith('100000')).toBe(true);
  });

  test('is ended with everything that it started, when its time is over or nobody waits any more', async () => {
    for (const [timeoutMs, goesOn] of [
      [200, always],
      [60_000, () => false],
    ] as const) {
      const { succeeded, said } = await runShell('sleep 300 & echo $!; wait', timeoutMs, goesOn);
      expect(succeeded).toBe(false);
      await ended(said.split('\n')[0]);
    }
  });

  test('does not wait for what it leaves running', async () => {
    const { succeeded, said } = await runShell('sleep 300 & echo $!', 60_000, always);
    expect(succeeded).toBe(true);
    await ended(said);
  });
});

test('a process is known by its id and its start, so that another one of that id is not taken for it', async () => {
  const own = processName(process.pid);
  expect(own && isRunning(own)).toBe(true);
  expect(isRunning({ pid: process.pid, startedAt: '1' })).toBe(false);
  const child = spawn('sleep', ['300']);
  const name = processName(child.pid ?? 0);
  expect(name && isRunning(name)).toBe(true);
  await new Promise((resolve) => child.once('exit', resolve).kill('SIGKILL'));
  expect(name && isRunning(name)).toBe(false);
});

test('a unit of systemd starts again when it is killed, and is gone when it has ended', () => {
  const { unit, words } = unitCommand(['node', 'trueingress', 'confirm', '--timer', 'x'], '0123456789abcdef');
  expect(unit).toBe('trueingress-confirm-0123456789ab');
  expect(words).toEqual([
    '--quiet',
    '--collect',
    '--unit=trueingress-confirm-0123456789ab',
    '--property=Restart=on-failure',
    '--property=RestartSec=1',
    '--property=StartLimitIntervalSec=0',
    '--',
    'node',
    'trueingress',
    'confirm',
    '--timer',
    'x',
  ]);
});
