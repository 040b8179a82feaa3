// What -f names becomes texts, or problems about files. The only way to the disk is the FileReader that is handed in.
// It knows nothing of what the texts say; keys.ts reads key files through the same reader.
import { type Problem, problem } from '../problem.ts';
import type { Source } from './document.ts';
import { listed, nearest, quote, shellWord } from './wording.ts';

/** Why a path cannot be read, `detail` in words for a message: "does not exist". */
export interface FileFault {
  readonly fault: 'missing' | 'not-permitted' | 'unsuitable';
  readonly detail: string;
}

/** Files as the reader needs them; src/cli/files.ts has the real ones. Paths are as the user wrote them; links are followed. */
export interface FileReader {
  kindOf(path: string): 'file' | 'directory' | FileFault;
  /** Names in a directory, in any order. */
  namesIn(path: string): readonly string[] | FileFault;
  read(path: string): FileContent | FileFault;
  /** Standard input, to its end. */
  readInput(): Uint8Array | FileFault;
}

export interface FileContent {
  readonly bytes: Uint8Array;
  /** Whether everybody on this host may read it. */
  readonly isWorldReadable: boolean;
}

export interface Gathered {
  readonly sources: readonly Source[];
  readonly problems: readonly Problem[];
}

const topologyName = /^[^.].*\.(?:yaml|yml|json)$/;

/** Each argument is a file, a directory (its *.yaml, *.yml and *.json in name order, not those in directories below) or `-`. */
export function gatherSources(paths: readonly string[], files: FileReader): Gathered {
  const sources: Source[] = [];
  const problems: Problem[] = [];
  const take = (file: string, directory: string, content: Uint8Array | FileFault) => {
    const text = 'fault' in content ? content : decodeText(content);
    if (typeof text === 'string') sources.push({ file, text, directory });
    else problems.push(unreadable(file, text));
  };
  const takeFile = (path: string) => {
    const content = files.read(path);
    take(path, directoryOf(path), 'fault' in content ? content : content.bytes);
  };
  for (const [index, path] of paths.entries()) {
    if (path === '-') {
      if (paths.indexOf('-') === index) take('-', '.', files.readInput());
      else problems.push(problem('usage', 'standard input can be read once', { hint: 'give - only once' }));
      continue;
    }
    const kind = files.kindOf(path);
    if (typeof kind !== 'string') problems.push(unreadable(path, kind, hintFor(path, kind, files)));
    else if (kind === 'file') takeFile(path);
    else {
      const names = files.namesIn(path);
      if ('fault' in names) problems.push(unreadable(path, names));
      else {
        const inside = topologyNames(path, names, files);
        if (inside.length === 0) problems.push(emptyDirectory(path, names));
        for (const name of inside) takeFile(joined(path, name));
      }
    }
  }
  return { sources, problems };
}

/** By code unit, so that the order is the same in every locale; directories of such a name are passed over. */
function topologyNames(path: string, names: readonly string[], files: FileReader): string[] {
  return names
    .filter((name) => topologyName.test(name) && files.kindOf(joined(path, name)) !== 'directory')
    .sort((a, b) => (a < b ? -1 : 1));
}

function emptyDirectory(path: string, names: readonly string[]): Problem {
  const others = names.filter((name) => !name.startsWith('.')).sort();
  const message = `${quote(path)} holds no *.yaml, *.yml or *.json file`;
  return problem('directory-empty', message, {
    place: { file: path, line: 1, column: 1 },
    hint:
      others.length > 0
        ? `it holds ${listed(others.map(quote), 'and', 5)}; directories below are not searched`
        : 'nothing is removed because of it; to manage nothing, remove the instance instead',
  });
}

function unreadable(file: string, { detail }: FileFault, hint?: string): Problem {
  const name = file === '-' ? 'standard input' : quote(file);
  return problem('file-unreadable', `${name} ${detail}`, { place: { file, line: 1, column: 1 }, hint });
}

/** A name that is near, or what else is there, or how to make one. */
function hintFor(path: string, { fault }: FileFault, files: FileReader): string | undefined {
  if (fault !== 'missing') return fault === 'not-permitted' ? 'run it as a user who may, or as root' : undefined;
  const directory = directoryOf(path);
  const names = files.namesIn(directory);
  const here = 'fault' in names ? [] : names;
  const named = (name: string): string => (directory === '.' ? name : joined(directory, name));
  const meant = nearest(path.slice(path.lastIndexOf('/') + 1), here);
  if (meant) return `did you mean ${quote(named(meant))}?`;
  const others = here.filter((name) => topologyName.test(name)).sort();
  const make = `\`trueingress export > ${shellWord(path)}\` writes what is live here, \`trueingress init -o ${shellWord(path)}\` a first one`;
  if ('fault' in names) return `there is no directory ${quote(directory)}: make it, then ${make}`;
  return others.length > 0 ? `there are ${listed(others.map(named), 'and', 3)}; ${make}` : make;
}

/** UTF-8, without its byte order mark. */
export function decodeText(bytes: Uint8Array): string | FileFault {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch {
    return { fault: 'unsuitable', detail: 'is not UTF-8 text' };
  }
}

function directoryOf(path: string): string {
  const slash = path.lastIndexOf('/');
  return slash < 0 ? '.' : slash === 0 ? '/' : path.slice(0, slash);
}

function joined(directory: string, name: string): string {
  return directory.endsWith('/') ? directory + name : `${directory}/${name}`;
}
