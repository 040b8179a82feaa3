// A private place in the real kernel for one test file: a network namespace of the process, a bpffs and a run directory whose
// name has the pid. What files of dead processes left is swept first. Needs root; without it tests skip aloud.
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBpffs, isBpffs, unmount } from '../../src/native/bpffs.ts';
import { links } from '../../src/native/links.ts';
import { unshareNetns } from '../../src/native/namespace.ts';
import { missingCapabilities } from '../../src/native/process.ts';
import { objectPath } from '../../src/paths.ts';

const parent = '/run';
const prefix = 'trueingress-test-';

export interface PrivatePlace {
  readonly bpffs: string;
  readonly runDirectory: string;
  /** Makes a veth pair, both ends up in this namespace; returns the index of the end with this name. */
  addInterface(name: string): number;
  /** Unmounts and removes everything. The namespace dies with the process. */
  close(): void;
}

/** Why tests that need the kernel cannot run here; undefined: they can. REQUIRE_KERNEL=1 turns a reason into an error. */
export function whyNoKernel(): string | undefined {
  const missing = missingCapabilities();
  const reason = missing.length
    ? `no ${missing.join(', ')}`
    : existsSync(objectPath())
      ? undefined
      : `no ${objectPath()}: run make build`;
  if (reason === undefined) return undefined;
  if (process.env.REQUIRE_KERNEL === '1') throw new Error(`kernel tests may not be skipped: ${reason}`);
  console.warn(`kernel tests skipped: ${reason}`);
  return reason;
}

/** Moves this process into a new network namespace, for good. */
export function openPrivatePlace(): PrivatePlace {
  sweep();
  unshareNetns();
  run('ip', 'link', 'set', 'lo', 'up');
  const base = join(parent, `${prefix}${process.pid}`);
  const bpffs = join(base, 'bpf');
  const runDirectory = join(base, 'run');
  mkdirSync(bpffs, { recursive: true });
  ensureBpffs(bpffs);
  return {
    bpffs,
    runDirectory,
    addInterface(name) {
      run('ip', 'link', 'add', name, 'type', 'veth', 'peer', 'name', `${name}-far`);
      for (const end of [name, `${name}-far`]) run('ip', 'link', 'set', end, 'up');
      const ifindex = links().find((link) => link.name === name)?.ifindex;
      if (ifindex === undefined) throw new Error(`${name} was not created`);
      return ifindex;
    },
    close: () => removePlace(base),
  };
}

/** Runs a program to its end; returns its standard output. Throws with its standard error. */
export function run(command: string, ...parameters: readonly string[]): string {
  return execFileSync(command, parameters, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] });
}

function sweep(): void {
  for (const name of readdirSync(parent)) {
    const pid = name.startsWith(prefix) ? Number(name.slice(prefix.length)) : undefined;
    if (pid !== undefined && !existsSync(`/proc/${pid}`)) removePlace(join(parent, name));
  }
}

function removePlace(base: string): void {
  const bpffs = join(base, 'bpf');
  try {
    if (isBpffs(bpffs)) unmount(bpffs);
  } catch (error) {
    // Another test file sweeps as well.
    if (isBpffs(bpffs)) throw error;
  }
  rmSync(base, { recursive: true, force: true });
}
