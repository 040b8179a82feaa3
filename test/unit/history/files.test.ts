// Private files on a real disk: who can read them, what a link does, what a killed or refused write leaves.
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openPrivateFiles, type PrivateFiles, replaceFile } from '../../../src/history/files.ts';

describe('private files', () => {
  let directory: string;
  let files: PrivateFiles;
  beforeEach(() => {
    directory = mkdtempSync(join(tmpdir(), 'trueingress-files-'));
    files = openPrivateFiles(join(directory, 'state'));
  });
  afterEach(() => rmSync(directory, { recursive: true, force: true }));

  const modeOf = (path: string): number => statSync(join(directory, path)).mode & 0o777;

  test('are 0600 in directories of 0700, whatever the umask', () => {
    const before = process.env.VITEST_POOL_ID === undefined ? process.umask(0) : undefined;
    files.write('one/entries/a.json', 'text');
    if (before !== undefined) process.umask(before);
    expect(['state', 'state/one', 'state/one/entries'].map(modeOf)).toEqual([0o700, 0o700, 0o700]);
    expect(modeOf('state/one/entries/a.json')).toBe(0o600);
    expect(Buffer.from(files.read('one/entries/a.json') ?? []).toString()).toBe('text');
  });

  test('that are not there are nothing', () => {
    expect([files.read('one/a'), files.names('one'), files.names(''), files.sizeOf('one/a')]).toEqual([
      undefined,
      [],
      [],
      0,
    ]);
    files.remove('one');
  });

  test('are replaced whole, and nothing is left beside them', () => {
    files.write('one/a', 'old');
    files.write('one/a', 'new');
    expect([readFileSync(join(directory, 'state/one/a'), 'utf8'), readdirSync(join(directory, 'state/one'))]).toEqual([
      'new',
      ['a'],
    ]);
  });

  test('keep what they hold when a write is refused', () => {
    files.write('one/a', 'old');
    mkdirSync(join(directory, 'state/one/b'));
    expect(() => files.write('one/b', 'text')).toThrow(expect.objectContaining({ code: 'EISDIR' }));
    expect(readdirSync(join(directory, 'state/one')).sort()).toEqual(['a', 'b']);
  });

  test('are never found, read or written through a link', () => {
    const elsewhere = join(directory, 'elsewhere');
    mkdirSync(elsewhere);
    writeFileSync(join(elsewhere, 'secret'), 'of somebody else');
    files.write('one/a', 'text');
    symlinkSync(join(elsewhere, 'secret'), join(directory, 'state/one/link'));
    symlinkSync(elsewhere, join(directory, 'state/two'));
    expect(() => files.read('one/link')).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    for (const act of [() => files.read('two/secret'), () => files.write('two/new', 'x'), () => files.names('two')])
      expect(act).toThrow(expect.objectContaining({ code: 'ELOOP' }));
    files.write('one/link', 'ours');
    files.remove('two');
    expect(readdirSync(elsewhere)).toEqual(['secret']);
    expect(readFileSync(join(elsewhere, 'secret'), 'utf8')).toBe('of somebody else');
    expect(readFileSync(join(directory, 'state/one/link'), 'utf8')).toBe('ours');
  });

  test('of the user take the place of a link, and of a draft that a killed run left', () => {
    const target = join(directory, 'target');
    const path = join(directory, 'plan.json');
    writeFileSync(target, 'of somebody else');
    symlinkSync(target, path);
    writeFileSync(join(directory, `.plan.json.${process.pid}`), 'half');
    replaceFile(path, 'plan');
    expect([
      readFileSync(path, 'utf8'),
      readFileSync(target, 'utf8'),
      existsSync(join(directory, `.plan.json.${process.pid}`)),
    ]).toEqual(['plan', 'of somebody else', false]);
    expect(modeOf('plan.json')).toBe(0o600);
  });
});
