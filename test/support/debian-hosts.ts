// gateway1 and node1 of a lab as two Debian hosts that were just installed: systemd first process, sshd, sudo, Python, what our package
// depends on, and nothing of ours. The controller is this machine, in the namespace of the lab's router: it reaches them by ssh alone.
import { execFileSync } from 'node:child_process';
import {
  copyFileSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { type Controller, type Managed, managed, openController } from './ansible-controller.ts';
import { builtPackage } from './built-package.ts';
import type { Lab } from './lab.ts';
import { addresses } from './lab-network.ts';
import { must } from './lab-process.ts';
import { bootDebian, type SystemdHost } from './systemd.ts';

const archive = resolve('build/packages/trixie-hosts.tar');
/** What a machine of its own may do by itself and a guest on this one may not: fetch, trim, load modules. */
const masked = [
  'apt-daily.timer',
  'apt-daily-upgrade.timer',
  'dpkg-db-backup.timer',
  'fstrim.timer',
  'systemd-modules-load.service',
];

/** A package as it is, and the same made newer: with another version and other programs, which an upgrade must stage. */
export interface Packages {
  readonly now: string;
  readonly newer: string;
}

export interface DebianHosts {
  readonly gateway1: SystemdHost;
  readonly node1: SystemdHost;
  /** gateway1 is given packages of Debian, node1 those of npm. */
  readonly deb: Packages;
  readonly npm: Packages;
  readonly controller: Controller;
  /** Connections that a host's sshd has let in since it began. */
  connections(host: Managed): Promise<number>;
  end(): Promise<void>;
}

export async function bootHosts(lab: Lab): Promise<DebianHosts> {
  if (!existsSync(archive)) throw new Error('there are no hosts to boot: make test-hosts makes them');
  const room = mkdtempSync(join(tmpdir(), 'ti-hosts-'));
  const machines: SystemdHost[] = [];
  const end = async (): Promise<void> => {
    for (const machine of machines) await machine.end();
    rmSync(room, { recursive: true, force: true });
  };
  try {
    const root = join(room, 'root');
    mkdirSync(root);
    await must(['tar', '-C', root, '--numeric-owner', '-xpf', archive], { timeoutMs: 60_000 });
    await must(['ssh-keygen', '-q', '-t', 'ed25519', '-N', '', '-f', join(room, 'id')]);
    const deb = await debs(room);
    const npm = await tarballs(room);
    const boot = async (host: Managed): Promise<SystemdHost> => {
      const machine = await bootDebian(lab, { host, root, extra: extraOf(room, host) });
      machines.push(machine);
      return machine;
    };
    const [gateway1, node1] = [await boot('gateway1'), await boot('node1')];
    const hosts = { gateway1, node1 };
    return {
      ...hosts,
      deb,
      npm,
      controller: await control(lab, room, { gateway1: deb.now, node1: npm.now }),
      connections: async (host) => {
        const { stdout } = await hosts[host].inside(['journalctl', '--no-pager', '-o', 'cat', '-u', 'ssh.service']);
        return stdout.match(/^Accepted publickey for root/gm)?.length ?? 0;
      },
      end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

/** What is laid over the root: our key, what is masked, and for packages of npm this machine's npm with what they depend on. */
function extraOf(room: string, host: Managed): string {
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

async function debs(room: string): Promise<Packages> {
  const now = builtPackage();
  if (now === undefined) throw new Error('there is no package: make deb builds it');
  const tree = join(room, 'deb');
  await must(['dpkg-deb', '--raw-extract', now, tree]);
  const control = join(tree, 'DEBIAN/control');
  writeFileSync(control, readFileSync(control, 'utf8').replace(/^Version: .*$/m, 'Version: 99.0.0'));
  copyFileSync('build/bpf/upgrade.bpf.o', join(tree, 'usr/lib/trueingress/dist/trueingress.bpf.o'));
  const newer = join(room, 'trueingress_99.0.0.deb');
  await must(['dpkg-deb', '--root-owner-group', '--build', tree, newer]);
  return { now, newer };
}

async function tarballs(room: string): Promise<Packages> {
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

/** The collection is the one in the package. One connection to a host is kept for ten minutes, unless somebody makes it anew. */
async function control(lab: Lab, room: string, packages: Readonly<Record<Managed, string>>): Promise<Controller> {
  await must(['dpkg-deb', '-x', packages.gateway1, join(room, 'installed')]);
  const vars = (host: Managed) => ({
    ansible_host: addresses[host],
    ansible_user: 'root',
    ansible_ssh_private_key_file: join(room, 'id'),
    ansible_python_interpreter: '/usr/bin/python3',
    trueingress_package: packages[host],
  });
  const hosts = Object.fromEntries(managed.map((host) => [host, vars(host)]));
  const inventory = join(room, 'inventory.json');
  writeFileSync(inventory, JSON.stringify({ all: { hosts } }));
  const known = `-o UserKnownHostsFile=${join(room, 'known-hosts')} -o StrictHostKeyChecking=accept-new`;
  return openController({
    directory: join(room, 'home'),
    collections: join(room, 'installed/usr/share/ansible/collections'),
    inventory,
    enter: lab.enter('router'),
    env: {
      ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=600s ${known}`,
      // A socket's path may have 108 characters.
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(room, 'ssh'),
      ANSIBLE_PIPELINING: '1',
    },
  });
}
