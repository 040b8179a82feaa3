// The one importer of chokidar: hints that something beside the watched paths has moved. Never the truth (settled.ts is).
import { basename, dirname, resolve } from 'node:path';
import { watch } from 'chokidar';

export interface Hints {
  /** Watches these instead, where they are others. */
  follow(paths: readonly string[]): void;
  close(): Promise<void>;
}

/**
 * Directories are watched, not files: what replaces a file by renaming would take the watch with it. `onFault` says that there will be
 * no more hints, once: looking goes on without.
 */
export function watchForHints(paths: readonly string[], onHint: () => void, onFault: (reason: string) => void): Hints {
  let named = new Set<string>();
  let around = new Set<string>();
  // Of what lies beside a named file nothing matters, were it thousands; but ConfigMaps exchange a link called `..data`.
  const matters = (path: string): boolean => {
    const whole = resolve(path);
    return around.has(whole) || named.has(dirname(whole)) || basename(whole).startsWith('..');
  };
  const watcher = watch([], {
    depth: 0,
    ignoreInitial: true,
    // A link's own exchange is what ConfigMaps do.
    followSymlinks: false,
    ignorePermissionErrors: true,
    ignored: (path) => !matters(path),
  });
  let isFaulty = false;
  watcher.on('all', () => onHint());
  watcher.on('error', (error) => {
    if (isFaulty) return;
    isFaulty = true;
    onFault(error instanceof Error ? error.message : String(error));
  });
  const follow = (wanted: readonly string[]): void => {
    const before = around;
    named = new Set(wanted.map((path) => resolve(path)));
    around = new Set([...named].flatMap((path) => [path, dirname(path)]));
    const [gone, come] = [without(before, around), without(around, before)];
    if (gone.length > 0) watcher.unwatch(gone);
    if (come.length > 0) watcher.add(come);
  };
  follow(paths);
  return { follow, close: () => watcher.close() };
}

function without(all: ReadonlySet<string>, those: ReadonlySet<string>): string[] {
  return [...all].filter((one) => !those.has(one));
}
