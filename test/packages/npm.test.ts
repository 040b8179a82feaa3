// The tarball as `npm install -g` installs it, run from a directory that knows nothing of this tree.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';

const room = mkdtempSync(join(tmpdir(), 'ti-npm-'));
const prefix = join(room, 'prefix');
const command = join(prefix, 'bin/trueingress');
afterAll(() => rmSync(room, { recursive: true, force: true }));

function run(program: string, words: readonly string[], cwd: string): string {
  return execFileSync(program, [...words], { cwd, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

beforeAll(() => {
  run('npm', ['pack', '--pack-destination', room], process.cwd());
  const [tarball = ''] = readdirSync(room).filter((name) => name.endsWith('.tgz'));
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  run('npm', ['install', '--global', '--prefix', prefix, ...quiet, join(room, tarball)], room);
});

test('the command runs, and finds its programs', () => {
  const { object } = JSON.parse(run(command, ['version', '--json'], room));
  expect(object.path.startsWith(prefix)).toBe(true);
  expect(object.digest).toMatch(/^[0-9a-f]{64}$/);
});

test('the manual and the completions are beside it', () => {
  const dist = join(prefix, 'lib/node_modules/trueingress/dist');
  const wanted = [
    'man/man1/trueingress.1',
    'man/man1/trueingress-plan.1',
    'man/man5/trueingress.yaml.5',
    'completions/_trueingress',
  ];
  expect(wanted.filter((one) => !existsSync(join(dist, one)))).toEqual([]);
});

test('a first file is written and is valid, and its schema is there', () => {
  run(command, ['init', '-o', 'first.yaml'], room);
  expect(run(command, ['validate', '-f', 'first.yaml'], room)).toMatch(/^Valid: gateway/);
  const { directory } = JSON.parse(run(command, ['schema', 'list', '--json'], room));
  expect(existsSync(join(directory, 'topology.schema.json'))).toBe(true);
});

test('a plan asks the kernel, so libbpf is reached through koffi', () => {
  writeFileSync(
    join(room, 'plan.yaml'),
    'apiVersion: trueingress/v1\nname: npm-test\nrole: gateway\ninterfaces: [lo]\n',
  );
  const { kind } = JSON.parse(answer(['plan', '-f', 'plan.yaml', '--json']));
  expect(kind).toMatch(/^(Plan|Problems)$/);
  expect(JSON.parse(answer(['show', '-i', 'npm-test', '--json'])).problems).toMatchObject([{ code: 'no-instance' }]);
});

/** Whatever the exit code is. */
function answer(words: readonly string[]): string {
  try {
    return run(command, words, room);
  } catch (error) {
    return String((error as { stdout?: unknown }).stdout);
  }
}
