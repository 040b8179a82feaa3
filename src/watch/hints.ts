// The one importer of chokidar: hints that something beside the watched paths has moved. Never the truth (settled.ts is).
import { dirname } from 'node:path';
import { watch } from 'chokidar';

export interface Hints {
  close(): Promise<void>;
}

/**
 * Directories are watched, not files: what replaces a file by renaming would take the watch with it. `onFault` says that there will be
 * no more hints, once: looking goes on without.
 */
export function watchForHints(paths: readonly string[], onHint: () => void, onFault: (reason: string) => void): Hints {
  const watcher = watch([...new Set([...paths, ...paths.map((path) => dirname(path))])], {
    depth: 0,
    ignoreInitial: true,
    // A link's own exchange is what ConfigMaps do.
    followSymlinks: false,
    ignorePermissionErrors: true,
  });
  let isFaulty = false;
  watcher.on('all', () => onHint());
  watcher.on('error', (error) => {
    if (isFaulty) return;
    isFaulty = true;
    onFault(error instanceof Error ? error.message : String(error));
  });
  return { close: () => watcher.close() };
}
