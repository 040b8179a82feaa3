// gateway1 and node1 of a lab as two Debian hosts that were just installed: systemd first process, sshd, sudo, Python, what our package
// depends on, and nothing of ours. The controller is this machine, in the namespace of the lab's router: it reaches them by ssh alone.
import { existsSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { type Controller, type Managed, managed, openController } from './ansible-controller.ts';
import { debs, extraOf, type Packages, tarballs } from './host-packages.ts';
import type { Lab } from './lab.ts';
import { addresses } from './lab-network.ts';
import { must } from './lab-process.ts';
import { bootDebian, type SystemdHost } from './systemd.ts';

const archive = resolve('build/packages/trixie-hosts.tar');
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
    const [deb, npm] = [await debs(room), await tarballs(room)];
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
    // Two hosts, one after the other, with what is installed there.
    timeoutMs: 180_000,
    env: {
      ANSIBLE_SSH_ARGS: `-o ControlMaster=auto -o ControlPersist=600s ${known}`,
      // A socket's path may have 108 characters.
      ANSIBLE_SSH_CONTROL_PATH_DIR: join(room, 'ssh'),
      ANSIBLE_PIPELINING: '1',
    },
  });
}
