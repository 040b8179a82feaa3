// What `COMMAND --help` offers acts there; the options that every command takes, so that a script can give all of them the same ones,
// are shown where they act and nowhere else.

import { describe, expect, test } from 'vitest';
import { commandGroups } from '../../../src/cli/command-groups.ts';
import { globalOptions } from '../../../src/cli/command-spec.ts';
import { commands } from '../../../src/cli/commands.ts';
import { optionSpecs } from '../../../src/cli/option-specs.ts';
import { TestHost } from './harness.ts';

const host = new TestHost();
const helpOf = async (name: string): Promise<string> => (await host.run([name, '--help'])).stdout.replace(/\s+/g, ' ');

/** Commands whose help has it. */
async function shownBy(flag: string): Promise<string[]> {
  const names: string[] = [];
  for (const { name, hidden } of commands) if (!hidden && (await helpOf(name)).includes(` ${flag} `)) names.push(name);
  return names.sort();
}

const changing = [
  'apply',
  'attach',
  'config',
  'confirm',
  'detach',
  'reattach',
  'remove',
  'revert',
  'service',
  'tunnel',
];

describe('help', () => {
  test.each([
    ['--hook', ['apply', 'attach', 'config', 'plan', 'reattach', 'revert', 'service', 'tunnel', 'watch']],
    ['--probe', ['apply', 'config', 'revert', 'service', 'test', 'tunnel', 'watch']],
    ['--lock-timeout', [...changing, 'watch']],
    ['--run-dir', [...changing, 'dump', 'events', 'reconcile', 'resume', 'status', 'suspend', 'watch']],
    ['--state-dir', [...changing, 'export', 'history', 'plan', 'trace', 'watch', 'why']],
  ])('%s is shown where it acts', async (flag, names) => {
    expect(await shownBy(flag)).toEqual([...names].sort());
  });

  test('what a command does not know is refused, but for what all take', async () => {
    for (const { name, options } of commands) {
      const usable = new Set([...options, ...globalOptions]);
      if (usable.has('probe')) continue;
      expect([name, (await host.run([name, '--probe', '1'])).code]).toEqual([name, name === '__complete' ? 0 : 64]);
    }
  });

  test('watch follows no standard input, and says so', async () => {
    expect(await helpOf('watch')).toContain('to be followed; not standard input');
    expect(await helpOf('apply')).toContain('or - for standard input');
    expect((await host.run(['watch', '-f', '-'])).code).toBe(64);
  });

  test('tells the default of --probe that holds there', async () => {
    expect(await helpOf('test')).toContain('all (default)');
    expect(await helpOf('apply')).toContain('(default: 1000)');
  });

  test('shows every option that somebody may want, once where it acts', () => {
    const shown = new Set(commands.flatMap(({ options }) => options));
    expect(Object.keys(optionSpecs).filter((name) => !shown.has(name as keyof typeof optionSpecs))).toEqual([]);
  });
});

test('each command that people use is in one group of the help', () => {
  const listed = commandGroups.flatMap(([, names]) => names);
  expect([...listed].sort()).toEqual(
    commands
      .filter(({ hidden }) => !hidden)
      .map(({ name }) => name)
      .sort(),
  );
});
