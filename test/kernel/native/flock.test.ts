// A lock whose file goes away with its holder stays one lock.
import { execFile } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { tryLock } from '../../../src/native/flock.ts';
import { bundleChild } from './bundle.ts';

describe('tryLock', () => {
  let directory = '';
  const path = (): string => join(directory, 'one.lock');
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trueingress-flock-'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  it('makes a file for its owner alone, also of one that an earlier version made', () => {
    writeFileSync(path(), '', { mode: 0o644 });
    const lock = tryLock(path(), 'me');
    expect(statSync(path()).mode & 0o777).toBe(0o600);
    lock?.release();
    expect(existsSync(path())).toBe(true);
  });

  it('takes the file away, unless another one lies there by now', () => {
    tryLock(path(), 'me')?.remove();
    expect(existsSync(path())).toBe(false);
    const lock = tryLock(path(), 'me');
    rmSync(path());
    const other = tryLock(path(), 'another');
    lock?.remove();
    expect(tryLock(path(), 'a third')).toBeUndefined();
    other?.remove();
    expect(readdirSync(directory)).toEqual([]);
  });

  it('has one holder at a time however often its file is taken away', async () => {
    const child = bundleChild(join(import.meta.dirname, 'lock-child.ts'));
    try {
      const run = () => promisify(execFile)(process.execPath, [child.path, path(), '2000']);
      const said = await Promise.all([run(), run(), run()]);
      expect(said.map(({ stdout }) => stdout)).toEqual(['0', '0', '0']);
    } finally {
      child.remove();
    }
    expect(readdirSync(directory)).toEqual([]);
  });
});
