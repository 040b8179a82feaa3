// Locks between runs: flock on a file that is never deleted, since deleting it would let two runs hold two locks of one name.
import { closeSync, constants, ftruncateSync, openSync, readFileSync, writeSync } from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from './directories.ts';
import { check, errno } from './errno.ts';
import { attempt, libc } from './libc.ts';

const exclusiveNow = 2 | 4;

export interface HeldLock {
  release(): void;
}

/**
 * Takes the lock if nobody holds it; otherwise undefined. Dies with the process. The file says who holds it: pid and command.
 * The directory is made (0755) where it is missing. Throws the fs error where that is not permitted.
 */
export function tryLock(path: string, holder: string): HeldLock | undefined {
  makeDirectories(dirname(path), 0o755);
  const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o644);
  let held = false;
  try {
    const result = attempt(() => libc.flock(fd, exclusiveNow));
    if (result === -errno.EAGAIN) return undefined;
    check(result, 'flock', path);
    ftruncateSync(fd);
    writeSync(fd, `${holder}\n`, 0);
    held = true;
  } finally {
    if (!held) closeSync(fd);
  }
  return { release: () => closeSync(fd) };
}

/** Who wrote its name into the lock file last. */
export function lockHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another run';
  } catch {
    return 'another run';
  }
}
