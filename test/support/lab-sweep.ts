// Leftovers of labs whose process is gone: a killed test run cannot clean up after itself, so the next one does.
// Everything of a lab carries its process id; what belongs to a living process is not looked at.
import { existsSync, readdirSync, rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { HostName } from './lab-network.ts';
import { run } from './lab-process.ts';

export const labRoot = '/run/trueingress-lab';
const namespaceRoot = '/run/netns';
/** What the product keeps of an instance that is not removed. */
const productFiles = (instance: string): string[] => [
  `/run/trueingress/${instance}.lock`,
  `/var/lib/trueingress/${instance}`,
];

export function namespaceOf(pid: number, host: HostName): string {
  return `tilab-${pid}-${host}`;
}

/** At most 15 of [a-z0-9-], and no two labs' alike: bpffs and lock files are the machine's, not a namespace's. */
export function instanceOf(pid: number, host: HostName): string {
  return `${host.replace(/^(.).*?(\d*)$/, '$1$2')}-${pid}`;
}

export function directoryOf(pid: number): string {
  return join(labRoot, String(pid));
}

/** Ends what runs in the lab's namespaces, deletes them, unmounts and deletes its directory. Safe to repeat. */
export async function clear(pid: number, hosts: readonly HostName[]): Promise<void> {
  const names = readNames(namespaceRoot).filter((name) => name.startsWith(`tilab-${pid}-`));
  await Promise.all(
    names.map(async (name) => {
      const found = await run(['ip', 'netns', 'pids', name]);
      for (const id of found.stdout.split('\n').filter(Boolean).map(Number)) end(id);
      await run(['ip', 'netns', 'delete', name]);
    }),
  );
  const directory = directoryOf(pid);
  if (existsSync(directory)) {
    await run(['umount', '-l', join(directory, 'bpf')]);
    rmSync(directory, { recursive: true, force: true });
  }
  for (const host of hosts) {
    for (const path of productFiles(instanceOf(pid, host))) rmSync(path, { recursive: true, force: true });
  }
  if (readNames(labRoot).length === 0 && existsSync(labRoot)) rmdirSync(labRoot);
}

export async function sweep(hosts: readonly HostName[]): Promise<void> {
  const fromNamespaces = readNames(namespaceRoot).map((name) => /^tilab-(\d+)-/.exec(name)?.[1]);
  const pids = new Set([...fromNamespaces, ...readNames(labRoot)].map(Number).filter((pid) => pid > 0));
  for (const pid of pids) {
    if (!existsSync(`/proc/${pid}`)) await clear(pid, hosts);
  }
}

function readNames(directory: string): string[] {
  return existsSync(directory) ? readdirSync(directory) : [];
}

function end(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended by itself.
  }
}
