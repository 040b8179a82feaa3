// Unix sockets with a name in the file system: made whole and private, taken over from the dead, never from the living.
import { chmodSync, lstatSync, renameSync, rmSync } from 'node:fs';
import { connect, type Server } from 'node:net';
import { basename, dirname, join } from 'node:path';

export interface Named {
  /** Takes the name away and ends the server. */
  close(): Promise<void>;
}

/**
 * Bound beside its place, given its mode, then renamed onto it: nobody meets it half made, and what a dead process left is replaced.
 * The directory must be there. Throws the fs error.
 */
export async function listenAt(server: Server, path: string, mode: number): Promise<Named> {
  const draft = join(dirname(path), `.${basename(path)}.${process.pid}`);
  rmSync(draft, { force: true });
  await listening(server, () => server.listen(draft));
  try {
    chmodSync(draft, mode);
    renameSync(draft, path);
  } catch (error) {
    rmSync(draft, { force: true });
    server.close();
    throw error;
  }
  const { ino } = lstatSync(path);
  return {
    async close() {
      // Somebody may have put another there.
      if (lstatSync(path, { throwIfNoEntry: false })?.ino === ino) rmSync(path, { force: true });
      await closed(server);
    },
  };
}

export async function listening(server: Server, listen: () => void): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.once('listening', () => {
      server.off('error', reject);
      resolve();
    });
    listen();
  });
}

export async function closed(server: Server): Promise<void> {
  await new Promise<void>((resolve) => server.close(() => resolve()));
}

/** free: nothing is there, or what a dead process left; other: something that is no socket. */
export async function whoIsAt(path: string): Promise<'free' | 'taken' | 'other'> {
  const stat = lstatSync(path, { throwIfNoEntry: false });
  if (!stat) return 'free';
  if (!stat.isSocket()) return 'other';
  return await new Promise((resolve) => {
    const socket = connect(path);
    socket.once('connect', () => {
      socket.destroy();
      resolve('taken');
    });
    socket.once('error', () => resolve('free'));
  });
}
