// Locks between runs: flock on a file. Only its holder takes the file away, and whoever has locked one that is not at its path any
// more begins anew: otherwise two runs would hold two locks of one name.
import {
  closeSync,
  constants,
  fchmodSync,
  fstatSync,
  ftruncateSync,
  openSync,
  readFileSync,
  statSync,
  unlinkSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { makeDirectories } from './directories.ts';
import { check, errno } from './errno.ts';
import { attempt, libc } from './libc.ts';

const exclusiveNow = 2 | 4;

export interface HeldLock {
  release(): void;
  /** The file goes as well. */
  remove(): void;
}

/**
 * Takes the lock if nobody holds it; otherwise undefined. Dies with the process. The file (0600) says who holds it: pid and command.
 * The directory is made (0755) where it is missing. Throws the fs error where that is not permitted.
 */
export function tryLock(path: string, holder: string): HeldLock | undefined {
  makeDirectories(dirname(path), 0o755);
  for (;;) {
    const fd = openSync(path, constants.O_RDWR | constants.O_CREAT, 0o600);
    let held = false;
    try {
      const result = attempt(() => libc.flock(fd, exclusiveNow));
      if (result === -errno.EAGAIN) return undefined;
      check(result, 'flock', path);
      if (!isAt(path, fd)) continue;
      // Earlier versions made it for all to read.
      fchmodSync(fd, 0o600);
      ftruncateSync(fd);
      writeSync(fd, `${holder}\n`, 0);
      held = true;
    } finally {
      if (!held) closeSync(fd);
    }
    return {
      release: () => closeSync(fd),
      remove: () => {
        try {
          if (isAt(path, fd)) unlinkSync(path);
        } catch {
          // Where it cannot be taken away it stays, and is in nobody's way.
        }
        closeSync(fd);
      },
    };
  }
}

/** Its last holder may have taken the file away between our opening and our locking it. */
function isAt(path: string, fd: number): boolean {
  const [there, ours] = [statSync(path, { throwIfNoEntry: false }), fstatSync(fd)];
  return there !== undefined && there.ino === ours.ino && there.dev === ours.dev;
}

/** Who wrote its name into the lock file last. */
export function lockHolder(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim() || 'another run';
  } catch {
    return 'another run';
  }
}
