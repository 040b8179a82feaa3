// The real files behind topology/sources.ts and topology/keys.ts. It knows errno names and nothing of topologies.
import { closeSync, fstatSync, openSync, readdirSync, readSync, statSync } from 'node:fs';
import type { FileContent, FileFault, FileReader } from '../topology/sources.ts';

/** A text above this is no topology: a device or a log, most likely. */
const mostBytes = 256 * 1024 * 1024;
const chunkBytes = 64 * 1024;
const worldReadable = 0o004;

export const nodeFiles: FileReader = {
  kindOf: (path) => guarded(() => (statSync(path).isDirectory() ? 'directory' : 'file')),
  namesIn: (path) => guarded(() => readdirSync(path)),
  read: (path) => guarded(() => readFile(path)),
  readInput: () => guarded(() => readAll(0)),
};

function readFile(path: string): FileContent | FileFault {
  const descriptor = openSync(path, 'r');
  try {
    const stat = fstatSync(descriptor);
    const bytes = readAll(descriptor, stat.size);
    return 'fault' in bytes ? bytes : { bytes, isWorldReadable: stat.isFile() && (stat.mode & worldReadable) !== 0 };
  } finally {
    closeSync(descriptor);
  }
}

/** To the end, in chunks: pipes and /dev/fd have no size, and a device may have no end. */
function readAll(descriptor: number, size = 0): Uint8Array | FileFault {
  const chunks: Uint8Array[] = [];
  let total = 0;
  for (;;) {
    const chunk = new Uint8Array(Math.max(chunkBytes, Math.min(size, mostBytes) + 1 - total));
    const count = readSome(descriptor, chunk);
    if (count === 0) return Buffer.concat(chunks, total);
    chunks.push(chunk.subarray(0, count));
    total += count;
    if (total > mostBytes) return { fault: 'unsuitable', detail: `is larger than ${mostBytes / 1024 / 1024} MiB` };
  }
}

/** A pipe that another process made non-blocking answers EAGAIN: wait a little and ask again. */
function readSome(descriptor: number, chunk: Uint8Array): number {
  for (;;) {
    try {
      return readSync(descriptor, chunk, 0, chunk.length, null);
    } catch (error) {
      if (errnoName(error) === 'EOF') return 0;
      if (errnoName(error) !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 10);
    }
  }
}

const faults: Readonly<Record<string, FileFault>> = {
  ENOENT: { fault: 'missing', detail: 'does not exist' },
  ENOTDIR: { fault: 'missing', detail: 'does not exist: a part of its path is not a directory' },
  EACCES: { fault: 'not-permitted', detail: 'may not be read by this user' },
  EPERM: { fault: 'not-permitted', detail: 'may not be read by this user' },
  EISDIR: { fault: 'unsuitable', detail: 'is a directory' },
  ELOOP: { fault: 'unsuitable', detail: 'is a symbolic link that leads back to itself' },
  ENAMETOOLONG: { fault: 'unsuitable', detail: 'is too long for a path' },
};

function guarded<Value>(action: () => Value): Value | FileFault {
  try {
    return action();
  } catch (error) {
    const name = errnoName(error);
    if (name === undefined) throw error;
    return faults[name] ?? { fault: 'unsuitable', detail: `cannot be read (${name})` };
  }
}

function errnoName(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
