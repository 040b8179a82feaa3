// Small private files below one directory: what outlives a run and is nobody else's business. Directories are 0700, files 0600;
// a file is written whole or not at all; a symbolic link below the directory is never followed. It knows nothing of what is in them.
import {
  closeSync,
  constants,
  fchmodSync,
  fchownSync,
  fstatSync,
  fsyncSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  type Stats,
  statSync,
  unlinkSync,
  writeFileSync,
} from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { makeDirectories } from '../native/directories.ts';

/** Paths are relative to `root`. Everything but `read` and `names` of what is not there throws the fs error. */
export interface PrivateFiles {
  readonly root: string;
  /** undefined: there is no such file. */
  read(path: string): Uint8Array | undefined;
  /** Makes directories that are missing. */
  write(path: string, content: string | Uint8Array): void;
  /** Names in a directory, in any order, without those that begin with a dot; none where there is no directory. */
  names(path: string): readonly string[];
  /** Bytes; 0 where there is no such file. */
  sizeOf(path: string): number;
  /** A file, or a directory with everything in it; nothing where there is none. */
  remove(path: string): void;
}

const { O_CREAT, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants;

export function openPrivateFiles(root: string): PrivateFiles {
  const at = (path: string): string => {
    requireDirectories(root, dirname(path));
    return join(root, path);
  };
  return {
    root,
    read: (path) => ifThere(() => readPrivate(at(path))),
    write(path, content) {
      const whole = at(path);
      makeDirectories(dirname(whole), 0o700);
      replaceFile(whole, content);
    },
    names(path) {
      requireDirectories(root, path || '.');
      return ifThere(() => readdirSync(join(root, path)).filter((name) => !name.startsWith('.'))) ?? [];
    },
    sizeOf: (path) => ifThere(() => lstatSync(at(path)).size) ?? 0,
    remove: (path) => rmSync(at(path), { recursive: true, force: true }),
  };
}

/** The text goes into a file beside it, which takes its name: a reader sees the old content or the new one, a link is replaced. */
export function replaceFile(path: string, content: string | Uint8Array, like?: Like): void {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  // A run of this process id that was killed may have left one.
  rmSync(draft, { force: true });
  const descriptor = openSync(draft, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0o600);
  try {
    try {
      if (like) {
        fchownSync(descriptor, like.uid, like.gid);
        fchmodSync(descriptor, like.mode & 0o7777);
      }
      writeFileSync(descriptor, content);
      fsyncSync(descriptor);
    } finally {
      closeSync(descriptor);
    }
    renameSync(draft, path);
  } catch (error) {
    unlinkSync(draft);
    throw error;
  }
  syncDirectory(dirname(path));
}

type Like = Pick<Stats, 'uid' | 'gid' | 'mode'>;

/** The same of a file that somebody else owns: owner and permissions stay, and a link to it stays a link. */
export function rewriteFile(path: string, content: string): void {
  const whole = realpathSync(path);
  replaceFile(whole, content, statSync(whole));
}

/** Or the new name may be lost with the power. Not every file system can. */
function syncDirectory(path: string): void {
  const descriptor = openSync(path, O_RDONLY);
  try {
    fsyncSync(descriptor);
  } catch (error) {
    if (codeOf(error) !== 'EINVAL') throw error;
  } finally {
    closeSync(descriptor);
  }
}

function readPrivate(path: string): Uint8Array {
  const descriptor = openSync(path, O_RDONLY | O_NOFOLLOW);
  try {
    if (!fstatSync(descriptor).isFile()) throw fault('EISDIR', `${path} is not a file`);
    return readFileSync(descriptor);
  } finally {
    closeSync(descriptor);
  }
}

/** `root` itself is where its owner put it; below, nothing but directories leads on. */
function requireDirectories(root: string, directory: string): void {
  if (directory === '.') return;
  requireDirectories(root, dirname(directory));
  const path = join(root, directory);
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (stat && !stat.isDirectory()) throw fault('ELOOP', `${path} is not a directory`);
}

function ifThere<Value>(action: () => Value): Value | undefined {
  try {
    return action();
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined;
    throw error;
  }
}

function fault(code: string, message: string): Error {
  return Object.assign(new Error(`${code}: ${message}`), { code });
}

/** `ENOSPC`; undefined: no error of the file system. */
export function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
