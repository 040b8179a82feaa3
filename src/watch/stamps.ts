// What a path holds, as far as the file system tells without reading: enough to know that nothing changed, never that something
// did. ctime cannot be set back, so equal stamps mean equal bytes, whatever swapped links, mounts or renames did above.
import { readdirSync, type Stats, statSync } from 'node:fs';

/** Of all paths together, those in directories included; links are followed. Paths that are not there have a stamp too. */
export function stampOf(paths: readonly string[]): string {
  return paths.map(stampOfPath).join('\n');
}

function stampOfPath(path: string): string {
  const stats = look(path);
  if (typeof stats === 'string') return `${path} ${stats}`;
  if (!stats.isDirectory()) return `${path} ${inodeStamp(stats)}`;
  const names = namesIn(path);
  if (typeof names === 'string') return `${path} ${names}`;
  const inside = names.map((name) => {
    const stats = look(`${path}/${name}`);
    return `${name} ${typeof stats === 'string' ? stats : inodeStamp(stats)}`;
  });
  return [`${path}/`, ...inside].join('\n ');
}

function inodeStamp({ dev, ino, size, mtimeMs, ctimeMs }: Stats): string {
  return `${dev}:${ino} ${size} ${mtimeMs} ${ctimeMs}`;
}

function look(path: string): Stats | string {
  try {
    return statSync(path);
  } catch (error) {
    return codeOf(error);
  }
}

function namesIn(path: string): string[] | string {
  try {
    return readdirSync(path).sort();
  } catch (error) {
    return codeOf(error);
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  throw error;
}
