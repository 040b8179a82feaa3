// Which commit the user's files are of. git is asked only where a repository is, and as its owner: what a repository's own
// configuration makes git run must not run as root.
import { execFile } from 'node:child_process';
import { lstatSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import type { Commit } from '../history/entry.ts';

const patienceMs = 3000;

export async function commitOf(files: readonly string[]): Promise<Commit | undefined> {
  const paths = files.filter((file) => file !== '-').map((file) => resolve(file));
  const repository = paths[0] === undefined ? undefined : repositoryOf(paths[0]);
  if (!repository) return undefined;
  const inside = paths.filter((path) => path.startsWith(`${repository.path}/`));
  const words = [
    '--literal-pathspecs',
    '-C',
    repository.path,
    'status',
    '--porcelain=v2',
    '--branch',
    '--ignored',
    '--',
    ...inside,
  ];
  const said = await git(words, repository);
  const id = said && /^# branch\.oid ([0-9a-f]{40,64})$/m.exec(said)?.[1];
  // A file of nobody's, or of another repository, is in no commit of this one.
  return id ? { id, dirty: inside.length < files.length || /^[^#]/m.test(said) } : undefined;
}

interface Repository {
  readonly path: string;
  readonly uid: number;
  readonly gid: number;
}

/** The nearest directory above that has a `.git`, which is a file in a worktree. */
function repositoryOf(file: string): Repository | undefined {
  for (let path = dirname(file); ; path = dirname(path)) {
    const found = lstatSync(join(path, '.git'), { throwIfNoEntry: false });
    if (found) return { path, uid: found.uid, gid: found.gid };
    if (path === dirname(path)) return undefined;
  }
}

function git(words: readonly string[], { uid, gid }: Repository): Promise<string | undefined> {
  const isRoot = process.getuid?.() === 0;
  const options = {
    env: { PATH: process.env.PATH ?? '/usr/bin:/bin', HOME: '/nonexistent', LC_ALL: 'C', GIT_OPTIONAL_LOCKS: '0' },
    timeout: patienceMs,
    maxBuffer: 1024 * 1024,
    ...(isRoot && uid !== 0 && { uid, gid }),
  };
  return new Promise((resolvePromise) => {
    execFile('git', words, options, (error, stdout) => resolvePromise(error ? undefined : stdout));
  });
}
