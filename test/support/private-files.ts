// Private files in a Map, which fail when they are told to.
import type { PrivateFiles } from '../../src/history/files.ts';

export interface MemoryFiles extends PrivateFiles {
  readonly content: Map<string, Buffer>;
  /** errno name of whatever is asked of paths that begin so; where no room is left (ENOSPC), of what is written alone. */
  fault: { readonly path: string; readonly code: string } | undefined;
}

export function createMemoryFiles(root: string): MemoryFiles {
  const content = new Map<string, Buffer>();
  const files: MemoryFiles = {
    root,
    content,
    fault: undefined,
    read: (path) => {
      ask(path);
      return content.get(path);
    },
    write: (path, bytes) => {
      ask(path, true);
      content.set(path, Buffer.from(bytes));
    },
    names: (path) => {
      ask(path);
      const prefix = path ? `${path}/` : '';
      const below = [...content.keys()].filter((one) => one.startsWith(prefix));
      return [...new Set(below.map((one) => one.slice(prefix.length).split('/')[0] ?? ''))];
    },
    sizeOf: (path) => content.get(path)?.length ?? 0,
    remove: (path) => {
      ask(path);
      for (const one of [...content.keys()]) if (one === path || one.startsWith(`${path}/`)) content.delete(one);
    },
  };
  const ask = (path: string, writes = false): void => {
    const { fault } = files;
    if (fault && path.startsWith(fault.path) && (writes || fault.code !== 'ENOSPC'))
      throw Object.assign(new Error(`${fault.code}: on purpose`), { code: fault.code });
  };
  return files;
}
