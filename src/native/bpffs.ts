// The BPF file system: whether a directory is one, and mounting it where it is missing.
import { readdirSync, statfsSync } from 'node:fs';
import { KernelError, problem, Refusal } from '../problem.ts';
import { makeDirectories } from './directories.ts';
import { errnoName } from './errno.ts';
import { attempt, libc } from './libc.ts';

/** BPF_FS_MAGIC. */
const magic = 0xcafe4a11;
const detachLazily = 2;

export function isBpffs(directory: string): boolean {
  try {
    return statfsSync(directory).type === magic;
  } catch {
    return false;
  }
}

/** Mounts bpffs on `directory`, creating it, unless it is one. Throws Refusal `no-bpffs` with the command where that is not possible. */
export function ensureBpffs(directory: string): void {
  if (isBpffs(directory)) return;
  const refuse = (reason: string): Refusal =>
    new Refusal(
      problem('no-bpffs', `${directory} is no BPF file system and cannot be made one: ${reason}`, {
        hint: `as root: mount -t bpf bpf ${directory}`,
      }),
    );
  try {
    makeDirectories(directory, 0o700);
    // What is in it would be hidden by the mount: a mistyped --bpffs is no reason for that.
    if (readdirSync(directory).length) throw new Error('it is not empty');
  } catch (error) {
    throw refuse(error instanceof Error ? error.message : String(error));
  }
  const result = attempt(() => libc.mount('bpf', directory, 'bpf', 0, undefined));
  if (result < 0) throw refuse(errnoName(-result));
}

/** Throws KernelError. Used by tests. */
export function unmount(directory: string): void {
  const result = attempt(() => libc.unmount(directory, detachLazily));
  if (result < 0) throw new KernelError('umount', -result, errnoName(-result), directory);
}
