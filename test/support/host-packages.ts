// What Debian hosts of a test are given: packages as they were built, the same made newer, and what is laid over their root.
import { execFileSync } from 'node:child_process';
import { copyFileSync, cpSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import type { Managed } from './ansible-controller.ts';
import { builtPackage } from './built-package.ts';
import { must } from './lab-process.ts';

/** A package as it is, and the same made newer: with another version and other programs, which an upgrade must stage. */
export interface Packages {
  readonly now: string;
  readonly newer: string;
}

/** What a machine of its own may do by itself and a guest on this one may not: fetch, trim, load modules. */
const masked = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'fstrim.timer',
  'systemd-modules-load.service',
];

/** What is laid over the root: our key, what is masked, and for packages of npm this machine's npm with what they depend on. */
export function extraOf(room: string, host: Managed): string {
  const extra = join(room, `extra-${host}`);
  const at = (path: string): string => {
    mkdirSync(dirname(join(extra, path)), { recursive: true });
    return join(extra, path);
  };
  copyFileSync(join(room, 'id.pub'), at('root/.ssh/authorized_keys'));
  for (const unit of masked) symlinkSync('/dev/null', at(`etc/systemd/system/${unit}`));
  if (host !== 'node1') return extra;
  const npm = dirname(dirname(execFileSync('sh', ['-c', 'readlink -f "$(command -v npm)"'], { encoding: 'utf8' })));
  cpSync(npm, at('usr/local/lib/node_modules/npm'), { recursive: true });
  symlinkSync('../lib/node_modules/npm/bin/npm-cli.js', at('usr/local/bin/npm'));
  cpSync(join(room, 'npm-cache'), at('var/cache/npm'), { recursive: true });
  writeFileSync(at('root/.npmrc'), 'cache=/var/cache/npm\noffline=true\n');
  return extra;
}

export async function debs(room: string): Promise<Packages> {
  const built = builtPackage();
  if (built === undefined) throw new Error('there is no package: make deb builds it');
  // Whoever builds it anew meanwhile would make it another one.
  const now = join(room, basename(built));
  copyFileSync(built, now);
  const tree = join(room, 'deb');
  await must(['dpkg-deb', '--raw-extract', now, tree]);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 99.0.0'));
  copyFileSync('build/bpf/upgrade.bpf.o', join(tree, 'usr/lib/trueingress/dist/trueingress.bpf.o'));
  const newer = join(room, 'trueingress_99.0.0.deb');
  await must(['dpkg-deb', '--root-owner-group', '--build', tree, newer]);
  return { now, newer };
}

export async function tarballs(room: string): Promise<Packages> {
  await must(['npm', 'pack', '--ignore-scripts', '--pack-destination', room]);
  const [name = ''] = readdirSync(room).filter((one) => one.endsWith('.tgz'));
  const now = join(room, name);
  // Installed once here, so that what it depends on is at hand where there is no way to a registry.
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--prefer-offline'];
  const places = ['--prefix', join(room, 'npm-prefix'), '--cache', join(room, 'npm-cache')];
  await must(['npm', 'install', '--global', ...places, ...quiet, now], { timeoutMs: 60_000 });
  await must(['tar', '-C', room, '-xzf', now]);
  const described = join(room, 'package/package.json');
  const fields = JSON.parse(readFileSync(described, 'utf8'));
  writeFileSync(described, JSON.stringify({ ...fields, version: '99.0.0' }));
  copyFileSync('build/bpf/upgrade.bpf.o', join(room, 'package/dist/trueingress.bpf.o'));
  const newer = join(room, 'trueingress-99.0.0.tgz');
  await must(['tar', '-C', room, '-czf', newer, 'package']);
  return { now, newer };
}
