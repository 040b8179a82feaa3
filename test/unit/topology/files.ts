// Files in memory, with the faults that real ones have.
import type { FileReader } from '../../../src/topology/sources.ts';

export interface FilesOptions {
  readonly input?: string;
  /** Paths that exist and may not be read. */
  readonly refused?: readonly string[];
  readonly worldReadable?: readonly string[];
}

const bytesOf = (content: string | Uint8Array) =>
  typeof content === 'string' ? new TextEncoder().encode(content) : content;

export function filesOf(
  contents: Readonly<Record<string, string | Uint8Array>>,
  options: FilesOptions = {},
): FileReader {
  const { input = '', refused = [], worldReadable = [] } = options;
  const missing = { fault: 'missing', detail: 'does not exist' } as const;
  const notPermitted = { fault: 'not-permitted', detail: 'may not be read by this user' } as const;
  const inside = (path: string) => {
    const start = path === '.' ? '' : `${path.replace(/\/$/, '')}/`;
    return Object.keys(contents)
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length));
  };
  return {
    kindOf: (path) => {
      if (Object.hasOwn(contents, path) || refused.includes(path)) return 'file';
      return inside(path).length > 0 ? 'directory' : missing;
    },
    namesIn: (path) => {
      const names = inside(path).map((name) => name.split('/')[0] ?? '');
      return names.length > 0 ? [...new Set(names)].reverse() : missing;
    },
    read: (path) => {
      if (refused.includes(path)) return notPermitted;
      const content = Object.hasOwn(contents, path) ? contents[path] : undefined;
      return content === undefined
        ? missing
        : { bytes: bytesOf(content), isWorldReadable: worldReadable.includes(path) };
    },
    readInput: () => bytesOf(input),
  };
}
