// What is in the .deb, without installing it. It is built here from what `make build` left.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { beforeAll, describe, expect, test } from 'vitest';
import { commands } from '../../../src/cli/commands.ts';
import { deadLinks, documentsBelow } from '../../support/document-links.ts';

const root = resolve(import.meta.dirname, '../../..');
const has = (program: string): boolean => ['/usr/bin', '/bin'].some((place) => existsSync(`${place}/${program}`));
let path: string;
let listed: readonly string[];

describe.skipIf(!has('dpkg-deb') || !existsSync(resolve(root, 'dist/trueingress.cjs')))('the .deb', () => {
  beforeAll(() => {
    const built = execFileSync(resolve(root, 'scripts/packages/deb.sh'), {
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    path = resolve(root, built.trim());
    const lines = execFileSync('dpkg-deb', ['-c', path], { encoding: 'utf8' }).trimEnd().split('\n');
    listed = lines.map((line) => line.replace(/^(\S+ +){5}\.?/, ''));
  }, 120_000);

  test('holds the command, koffi with the native file of this machine, units, schemas, completions of three shells', () => {
    const native = `linux_${process.arch}/koffi.node`;
    const wanted = [
      '/usr/bin/trueingress -> ../lib/trueingress/dist/trueingress.cjs',
      '/usr/lib/trueingress/dist/trueingress.bpf.o',
      '/usr/lib/trueingress/node_modules/koffi/index.cjs',
      `/usr/lib/trueingress/node_modules/@koromix/koffi-linux-${process.arch}/${native}`,
      '/usr/lib/systemd/system/trueingress@.service',
      '/usr/lib/systemd/system/trueingress-apply@.service',
      '/usr/share/bash-completion/completions/trueingress',
      '/usr/share/zsh/vendor-completions/_trueingress',
      '/usr/share/fish/vendor_completions.d/trueingress.fish',
      '/usr/share/doc/trueingress/copyright',
      '/usr/share/doc/trueingress/changelog.gz',
      '/usr/share/doc/trueingress/examples/gateway.yaml',
      '/usr/share/ansible/collections/ansible_collections/trueingress/gateway/galaxy.yml',
      '/etc/trueingress/topology.yaml.example',
      ...readdirSync(resolve(root, 'schemas')).map((name) => `/usr/share/trueingress/schemas/${name}`),
    ];
    expect(wanted.filter((one) => !listed.includes(one))).toEqual([]);
  });

  test('has documents whose links lead somewhere in it', () => {
    const room = mkdtempSync(join(tmpdir(), 'ti-deb-'));
    execFileSync('dpkg-deb', ['-x', path, room]);
    const documents = join(room, 'usr/share/doc/trueingress');
    const found = documentsBelow(documents);
    const dead = deadLinks(documents, found);
    rmSync(room, { recursive: true, force: true });
    expect(dead).toEqual([]);
    expect(found).toEqual(expect.arrayContaining(['README.md', 'docs/OPERATING.md', 'ansible/README.md']));
  });

  test('has a page of the manual for each command that people use, and no other', () => {
    const pages = listed.flatMap((one) => /\/man1\/trueingress-(.+)\.1\.gz$/.exec(one)?.[1] ?? []);
    expect(pages.sort()).toEqual(
      commands
        .filter(({ hidden }) => !hidden)
        .map(({ name }) => name)
        .sort(),
    );
    expect(listed).toContain('/usr/share/man/man1/trueingress.1.gz');
    expect(listed).toContain('/usr/share/man/man5/trueingress.yaml.5.gz');
  });

  test('depends on what it runs on, is of one architecture, and calls its files below /etc configuration', () => {
    const field = (name: string): string => execFileSync('dpkg-deb', ['-f', path, name], { encoding: 'utf8' }).trim();
    expect(field('Depends').split(', ')).toEqual(expect.arrayContaining(['nodejs (>= 20.19)', 'libbpf1']));
    expect(field('Architecture')).toBe(execFileSync('dpkg', ['--print-architecture'], { encoding: 'utf8' }).trim());
    const conffiles = execFileSync('dpkg-deb', ['--ctrl-tarfile', path]);
    const text = execFileSync('tar', ['-xO', './conffiles'], { input: conffiles, encoding: 'utf8' });
    expect(text.trimEnd().split('\n')).toEqual(listed.filter((one) => one.startsWith('/etc/') && !one.endsWith('/')));
  });
});

describe('the scripts of the .deb', () => {
  test.each(['postinst', 'prerm', 'postrm'])('%s touches no hook, pin or program', (name) => {
    const text = readFileSync(resolve(root, 'packaging/deb', name), 'utf8').replace(/^ *(#|echo ).*$/gm, '');
    expect(text).not.toMatch(/trueingress (detach|remove|apply)|rm .*bpf|\btc\b|bpftool|trueingress-apply/);
    execFileSync('sh', ['-n', resolve(root, 'packaging/deb', name)]);
  });
});
