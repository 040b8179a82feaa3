// The .deb in a clean Debian 13: installed by apt with what it depends on, run, upgraded, removed, purged; the datapath outlives it.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { builtPackage } from '../support/built-package.ts';
import { type DebianRoot, type Ended, openDebianRoot } from '../support/debian-root.ts';

let root: DebianRoot;
const file = '/etc/trueingress/edge.yaml';

beforeAll(() => {
  root = openDebianRoot();
  root.put(builtPackage() ?? 'make deb builds it', '/srv/trueingress.deb');
});
afterAll(() => root?.destroy());

async function must(command: string, options?: { readonly net?: boolean }): Promise<Ended> {
  const ended = await root.run(command, options);
  expect(ended, command).toMatchObject({ code: 0 });
  return ended;
}

/** The order of these is a story: each finds what the one before left. */
describe('the package, in a clean Debian 13', () => {
  test('is installed by apt, which brings a Node that is new enough', async () => {
    await must('apt-get -qq update && apt-get -qq install -y --no-install-recommends /srv/trueingress.deb');
    const { stdout } = await must('dpkg -s trueingress; node --version');
    expect(stdout).toMatch(/^Status: install ok installed$.*^v(2[0-9]|[3-9]\d)\./ms);
  });

  test('has a command that knows its version and finds its programs', async () => {
    const { stdout } = await must('cd / && trueingress version --json');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(JSON.parse(stdout)).toMatchObject({
      version,
      object: { path: '/usr/lib/trueingress/dist/trueingress.bpf.o', digest: expect.stringMatching(/^[0-9a-f]{64}$/) },
    });
  });

  test("brings its collection where Debian's ansible-core finds it without being told", async () => {
    await must('apt-get -qq install -y --no-install-recommends ansible-core');
    const { stdout } = await must('cd / && ansible-galaxy collection list trueingress.gateway');
    const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
    expect(stdout).toMatch(new RegExp(`^trueingress\\.gateway +${version} *$`, 'm'));
    for (const words of ['trueingress.gateway.trueingress_topology', '--type role trueingress.gateway.trueingress'])
      expect((await must(`cd / && ansible-doc ${words}`)).stdout).toContain('/usr/share/ansible/collections/');
  });

  test('writes a first file for the host, whose schema is where it says, and which is valid', async () => {
    await must(`umask 077; head -c 12 /dev/urandom | base64 > /etc/trueingress/web.key`);
    await must(`trueingress init -o ${file}`, { net: true });
    const { stdout } = await must(`cat ${file}`);
    expect(stdout).toContain('\ninterfaces: [eth0]');
    expect(stdout).toContain('local: 192.0.2.10:6080');
    const [, schema = ''] = /\$schema=(\S+)/.exec(stdout) ?? [];
    expect(schema).toBe('/usr/share/trueingress/schemas/topology.schema.json');
    await must(`test -s ${schema} && trueingress validate -f ${file}`);
    expect((await root.run(`trueingress init -o ${file}`, { net: true })).code).toBe(64);
  });

  test('applies it: programs on both hooks, and nothing to do the second time', async () => {
    await must(`trueingress apply -f ${file}`, { net: true });
    expect(root.hooks()).toBe(2);
    const again = await root.run(`trueingress apply -f ${file} --detailed-exitcode`, { net: true });
    expect(again).toMatchObject({ code: 0 });
    await must('trueingress status --check', { net: true });
  });

  test('completes live names in bash', async () => {
    const line = 'trueingress dump --service ';
    const setting = `COMP_LINE="${line}"; COMP_POINT=${line.length}; COMP_WORDS=(trueingress)`;
    const script = `. /usr/share/bash-completion/completions/trueingress; ${setting}; _trueingress; echo $COMPREPLY`;
    expect((await must(`bash -c '${script}'`, { net: true })).stdout).toBe('1/1\n');
  });

  test('is installed anew over itself, and the datapath does not notice', async () => {
    await must('dpkg -i /srv/trueingress.deb');
    expect(root.hooks()).toBe(2);
    await must('trueingress status --check', { net: true });
  });

  test('is removed, says that the datapath goes on, and it does', async () => {
    const { stdout } = await must('dpkg --remove trueingress', { net: true });
    expect(stdout).toMatch(/the datapath of instance \S+ goes on/);
    expect(root.hooks()).toBe(2);
    await must(`test -e ${file} && test ! -e /usr/bin/trueingress`);
  });

  test('is purged: history goes, what the user wrote and the datapath stay', async () => {
    await must('test -d /var/lib/trueingress');
    await must('dpkg --purge trueingress');
    await must(`test ! -e /var/lib/trueingress && test -e ${file} && test ! -e /etc/trueingress/topology.yaml.example`);
    expect(root.hooks()).toBe(2);
  });

  test('comes back, finds what is live, and takes it off when asked', async () => {
    await must('dpkg -i /srv/trueingress.deb');
    await must('trueingress remove --yes', { net: true });
    expect(root.hooks()).toBe(0);
  });
});

test('lintian calls nothing in it an error or a warning', () => {
  const words = ['--fail-on', 'error,warning', '--allow-root', builtPackage() ?? ''];
  expect(execFileSync('lintian', words, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] })).toBe('');
});
