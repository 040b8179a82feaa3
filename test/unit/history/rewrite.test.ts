// A file of the user's gets another content: its permissions stay, and a link to it stays a link.
import {
  chmodSync,
  lstatSync,
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
import { afterEach, beforeEach, expect, test } from 'vitest';
import { rewriteFile } from '../../../src/history/files.ts';

let directory: string;
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'trueingress-rewrite-'));
});
afterEach(() => {
  rmSync(directory, { recursive: true });
});

test('permissions stay, whatever the umask', () => {
  const path = join(directory, 'gateway.yaml');
  writeFileSync(path, 'old');
  chmodSync(path, 0o664);
  rewriteFile(path, 'new');
  expect([readFileSync(path, 'utf8'), statSync(path).mode & 0o7777]).toEqual(['new', 0o664]);
  expect(readdirSync(directory)).toEqual(['gateway.yaml']);
});

test('a link leads to the new text', () => {
  const path = join(directory, 'real.yaml');
  const link = join(directory, 'link.yaml');
  writeFileSync(path, 'old');
  symlinkSync('real.yaml', link);
  rewriteFile(link, 'new');
  expect([readFileSync(path, 'utf8'), lstatSync(link).isSymbolicLink()]).toEqual(['new', true]);
});

test('a file that is not there is not made', () => {
  expect(() => rewriteFile(join(directory, 'none.yaml'), 'new')).toThrow('ENOENT');
  expect(readdirSync(directory)).toEqual([]);
});
