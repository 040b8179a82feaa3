// Which commit files are of: of a repository that the test makes, with a git that may be anybody's.
import { execFileSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { commitOf } from '../../../src/cli/commit.ts';

describe('commitOf', () => {
  let directory: string;
  const git = (...words: string[]): string =>
    execFileSync('git', ['-C', directory, '-c', 'user.name=t', '-c', 'user.email=t@example.net', ...words], {
      encoding: 'utf8',
      env: { PATH: process.env.PATH, HOME: '/nonexistent' },
      stdio: ['ignore', 'pipe', 'pipe'],
    }).trim();
  const write = (name: string, text: string): string => {
    const path = join(directory, name);
    writeFileSync(path, text);
    return path;
  };
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trueingress-git-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  test('names it, and whether the files differ from it or are not in it', async () => {
    git('init', '-q');
    mkdirSync(join(directory, 'hosts'));
    const path = write('hosts/gateway.yaml', 'one');
    write('.gitignore', 'ignored.yaml\n');
    git('add', '-A');
    git('commit', '-qm', 'one');
    const id = git('rev-parse', 'HEAD');
    write('other.yaml', 'of no matter');
    expect(await commitOf([path])).toEqual({ id, dirty: false });
    expect(await commitOf([join(directory, 'other.yaml')])).toEqual({ id, dirty: true });
    expect(await commitOf([path, '-'])).toEqual({ id, dirty: true });
    expect(await commitOf([write('ignored.yaml', 'x')])).toEqual({ id, dirty: true });
    write('hosts/gateway.yaml', 'two');
    expect(await commitOf([path])).toEqual({ id, dirty: true });
  });

  test('knows nothing outside of a repository, of standard input, and before the first commit', async () => {
    expect(await commitOf([write('gateway.yaml', 'one')])).toBeUndefined();
    expect(await commitOf(['-'])).toBeUndefined();
    git('init', '-q');
    expect(await commitOf([join(directory, 'gateway.yaml')])).toBeUndefined();
  });

  test.skipIf(process.getuid?.() !== 0)(
    'asks as the owner of the repository: what its configuration runs does not run as root',
    async () => {
      git('init', '-q');
      const path = write('gateway.yaml', 'one');
      git('add', '-A');
      git('commit', '-qm', 'one');
      const id = git('rev-parse', 'HEAD');
      const ran = join(directory, 'ran-as');
      const hook = write('monitor', `#!/bin/sh\nid -u >${ran}\nid -G >>${ran}\n`);
      chmodSync(hook, 0o755);
      git('config', 'core.fsmonitor', hook);
      const nobody = 65534;
      for (const one of execFileSync('find', [directory], { encoding: 'utf8' }).trim().split('\n'))
        chownSync(one, nobody, nobody);
      expect(await commitOf([path])).toEqual({ id, dirty: false });
      if (existsSync(ran)) expect(execFileSync('cat', [ran], { encoding: 'utf8' })).toBe(`${nobody}\n${nobody}\n`);
      expect(existsSync(ran)).toBe(true);
    },
  );
});
