// The manual, made from the tables: whole, and clean for those who read it.
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { manualPages } from '../../../src/cli/guide/manual.ts';
import { optionSpecs } from '../../../src/cli/option-specs.ts';
import { fieldsOf } from '../../../src/topology/fields.ts';

const schema = JSON.parse(readFileSync(resolve(import.meta.dirname, '../../../schemas/topology.schema.json'), 'utf8'));
const pages = manualPages({ version: '1.2.3', date: '2026-01-02', commands, schema });
const shown = commands.filter(({ hidden }) => !hidden);
const directory = mkdtempSync(join(tmpdir(), 'ti-man-'));
const files = pages.map(({ file }) => join(directory, file));

beforeAll(() => {
  for (const { file, text } of pages) writeFileSync(join(directory, file), text);
});
afterAll(() => rmSync(directory, { recursive: true, force: true }));

const read = (file: string): string =>
  execFileSync('man', ['-l', join(directory, file)], {
    encoding: 'utf8',
    env: { ...process.env, MANWIDTH: '200', MAN_KEEP_FORMATTING: '', LC_ALL: 'C.UTF-8' },
  });

describe('the manual', () => {
  test('has a page for each command that people use', () => {
    const names = shown.map(({ name }) => `trueingress-${name}.1`);
    expect(pages.map(({ file }) => file)).toEqual(['trueingress.1', 'trueingress.yaml.5', ...names]);
  });

  test.skipIf(!existsSync('/usr/bin/mandoc'))('is clean for mandoc -Tlint', () => {
    const { status, stdout, stderr } = spawnSync('mandoc', ['-Tlint', '-W', 'warning', ...files], { encoding: 'utf8' });
    expect([status, stdout, stderr]).toEqual([0, '', '']);
  });

  test.skipIf(!existsSync('/usr/bin/man'))('is clean for man -l, with all warnings of groff', () => {
    for (const file of files) {
      const { status, stderr } = spawnSync('man', ['--warnings', '-l', file], { encoding: 'utf8' });
      expect([file, status, stderr]).toEqual([file, 0, '']);
    }
  });

  test.skipIf(!existsSync('/usr/bin/man'))('tells every option of a command and its examples as they are typed', () => {
    const plan = commands.find(({ name }) => name === 'plan');
    const text = read('trueingress-plan.1');
    for (const name of plan?.options ?? [])
      if (!optionSpecs[name].hidden) expect(text).toContain(optionSpecs[name].flags.replace(/[<>]/g, ''));
    for (const [command] of plan?.examples ?? []) expect(text).toContain(command);
  });

  test.skipIf(!existsSync('/usr/bin/man'))('tells every field of the file', () => {
    const text = read('trueingress.yaml.5');
    for (const { place } of fieldsOf(schema).slice(1)) expect(text).toContain(`${place} (`);
  });
});
