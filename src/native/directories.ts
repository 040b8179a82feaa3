// Directories made step by step. Node's own recursive mkdir never returns on a file system that answers ENOENT to mkdir,
// as /proc does (seen with Node 20), and such a path is one typing error away.
import { mkdirSync, statSync } from 'node:fs';
import { dirname } from 'node:path';

/** Makes what is missing, each with `mode`. Throws the fs error of the first that cannot be made. */
export function makeDirectories(path: string, mode: number): void {
  if (statSync(path, { throwIfNoEntry: false })?.isDirectory()) return;
  const parent = dirname(path);
  if (parent !== path) makeDirectories(parent, mode);
  try {
    mkdirSync(path, { mode });
  } catch (error) {
    // Another run was faster.
    if (!statSync(path, { throwIfNoEntry: false })?.isDirectory()) throw error;
  }
}
