// A real systemd as the first process of namespaces of its own (scripts/systemd/boot.sh), on a host of a lab and with the lab's bpffs.
// It runs the units of packaging/systemd as they are. Nothing of the machine is changed, and all of it ends with `end`.
import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import type { Lab } from './lab.ts';
import type { HostName } from './lab-network.ts';
import { type Finished, must, type Running, run, sleep } from './lab-process.ts';
import { patience } from './patience.ts';

/** Where systemd is older than this, the drop-in of packaging/systemd/before-253 is installed. */
const knowsNotifyReload = 253;

export interface SystemdOptions {
  readonly host: HostName;
  /** One that scripts/systemd/fetch.sh has brought; undefined: the machine's own. */
  readonly version: number | undefined;
  /** Files of the guest beside the units, by path from its root. */
  readonly files: Readonly<Record<string, string>>;
}

export interface DebianOptions {
  readonly host: HostName;
  /** A root of scripts/packages/root.sh, unpacked. It is not changed. */
  readonly root: string;
  /** What the guest has beside it: a directory that is laid over its root. */
  readonly extra: string;
}

/** The machine's own version, if it has one; then those that were fetched. */
export function systemdVersions(): { readonly own: number | undefined; readonly fetched: readonly number[] } {
  const names = existsSync('build/systemd') ? readdirSync('build/systemd') : [];
  return { own: ownVersion(), fetched: names.filter((name) => /^\d+$/.test(name)).map(Number) };
}

function ownVersion(): number | undefined {
  try {
    return versionIn(execFileSync('/lib/systemd/systemd', ['--version'], { encoding: 'utf8', stdio: 'pipe' }));
  } catch {
    return undefined;
  }
}

function versionIn(said: string): number {
  return Number(/^systemd (\d+)/.exec(said)?.[1]);
}

/** A host of the lab whose root is this machine's, with the units of the tree. */
export async function bootSystemd(lab: Lab, { host, version, files }: SystemdOptions): Promise<SystemdHost> {
  const extra = join(lab.directory, 'guest');
  const actual = version ?? ownVersion() ?? 0;
  const units = join(extra, 'usr/lib/systemd/system');
  mkdirSync(units, { recursive: true });
  for (const name of readdirSync('packaging/systemd').filter((one) => one.endsWith('.service')))
    cpSync(join('packaging/systemd', name), join(units, name));
  if (actual < knowsNotifyReload)
    cpSync('packaging/systemd/before-253', join(extra, 'etc/systemd/system'), { recursive: true });
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(join(extra, dirname(path)), { recursive: true });
    writeFileSync(join(extra, path), text);
  }
  const words = [lab.bpffs, '/', ...(version === undefined ? [] : [String(version)])];
  return await boot(lab, { host, words, extra, version: actual });
}

/** A host of the lab that is a Debian of its own, with a bpffs of its own. */
export async function bootDebian(lab: Lab, { host, root, extra }: DebianOptions): Promise<SystemdHost> {
  const said = execFileSync('chroot', [root, '/lib/systemd/systemd', '--version'], { encoding: 'utf8' });
  return await boot(lab, { host, words: ['', root], extra, version: versionIn(said) });
}

interface Boot {
  readonly host: HostName;
  /** Of boot.sh, after the name. */
  readonly words: readonly string[];
  readonly extra: string;
  readonly version: number;
}

async function boot(lab: Lab, { host, words, extra, version }: Boot): Promise<SystemdHost> {
  const group = `${host}-${process.pid}`;
  const booting = lab.spawn(host, ['sh', 'scripts/systemd/boot.sh', group, ...words], { env: { EXTRA: extra } });
  const machine = new SystemdHost(booting, group, version);
  await machine.isUp();
  return machine;
}

export class SystemdHost {
  readonly version: number;
  readonly #outer: Running;
  readonly #group: string;
  #init = 0;

  constructor(outer: Running, group: string, version: number) {
    this.#outer = outer;
    this.#group = group;
    this.version = version;
  }

  async isUp(): Promise<void> {
    const deadline = Date.now() + 20_000 * patience;
    for (;;) {
      this.#init = childOf(this.#outer.pid) ?? 0;
      const said = this.#init === 0 ? undefined : await this.systemctl(['is-system-running']);
      if (said && /^(running|degraded|starting)$/m.test(said.stdout)) return;
      if (Date.now() > deadline) throw new Error(`systemd did not start: ${(await this.#outer.end('SIGKILL')).stderr}`);
      await sleep(50);
    }
  }

  /** Runs inside, to the end. */
  async inside(argv: readonly string[]): Promise<Finished> {
    const spaces = ['-t', String(this.#init), '-m', '-p', '-u', '-i', '-n', '-C'];
    return await run(['nsenter', ...spaces, '--', ...argv], { timeoutMs: 60_000 });
  }

  async systemctl(words: readonly string[]): Promise<Finished> {
    return await this.inside(['systemctl', '--no-pager', ...words]);
  }

  async properties(unit: string, names: readonly string[]): Promise<Record<string, string>> {
    const { stdout } = await this.systemctl(['show', unit, '-p', names.join(',')]);
    return Object.fromEntries(
      stdout
        .split('\n')
        .filter(Boolean)
        .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
    );
  }

  async write(path: string, text: string): Promise<void> {
    const spaces = ['-t', String(this.#init), '-m', '-p', '--'];
    await must(['nsenter', ...spaces, 'sh', '-c', 'cat >"$1.new" && mv "$1.new" "$1"', 'sh', path], { input: text });
  }

  async read(path: string): Promise<string> {
    return (await this.inside(['cat', path])).stdout;
  }

  /** A signal to a process by its number inside. */
  async kill(pid: string, signal: string): Promise<void> {
    // 0 would be ourselves.
    if (!/^[1-9]\d*$/.test(pid)) throw new Error(`nothing runs that could get a ${signal}`);
    await this.inside(['kill', `-${signal}`, pid]);
  }

  async end(): Promise<void> {
    await this.#outer.end('SIGKILL');
    await run(['unshare', '--mount', '--propagation', 'private', 'sh', '-c', removeGroup, 'sh', this.#group]);
  }
}

/** What systemd made below its group is empty once its processes are gone, which may take the kernel a moment. */
const removeGroup = `mount -t tmpfs tmpfs /mnt && mkdir /mnt/cgroup && mount -t cgroup2 cgroup2 /mnt/cgroup || exit 1
for try in 1 2 3 4 5 6 7 8 9 10; do
  find "/mnt/cgroup/$1" -depth -type d -exec rmdir {} + 2>/dev/null
  [ ! -e "/mnt/cgroup/$1" ] && exit 0
  sleep 0.2
done
exit 1`;

/** The first process inside is the only child of the one that unshared. */
function childOf(pid: number): number | undefined {
  try {
    const [child] = readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1').split(' ');
    return child ? Number(child) : undefined;
  } catch {
    return undefined;
  }
}
