// Key references become bytes. Only commands that need keys come here (plan, diff, apply): validate reads none.
// No key, and no part of one, is in any problem.
import { type Problem, problem } from '../problem.ts';
import { type KeyText, parseKeyText } from './key-text.ts';
import { sameKeyProblems } from './same-keys.ts';
import { decodeText, type FileReader } from './sources.ts';
import type { KeySource, ResolvedKey, Topology, TopologyKeys } from './topology.ts';
import { quote, shellWord } from './wording.ts';

export interface ResolvedKeys {
  /** 'keep' too where there is a problem. */
  readonly keys: TopologyKeys;
  readonly problems: readonly Problem[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Whose key it is, for a message: `the key of service "web"`. */
type Title = () => string;

/** Each file is read once, however many name it. */
export function resolveKeys(topology: Topology, files: FileReader, environment: Environment): ResolvedKeys {
  const problems: Problem[] = [];
  const known = new Map<string, KeyText | Lacking>();
  const warned = new Set<string>();
  const resolve = (source: KeySource, title: Title): ResolvedKey => {
    if (source.kind === 'bytes') return source.bytes;
    if (source.kind === 'keep') return 'keep';
    const reference = source.kind === 'file' ? `file ${source.path}` : `env ${source.variable}`;
    const warn = (file: FileReference) => {
      if (warned.has(file.path)) return;
      warned.add(file.path);
      problems.push(worldReadable(file, title));
    };
    const resolved = known.get(reference) ?? look(source, files, environment, warn);
    known.set(reference, resolved);
    if (resolved === 'keep' || resolved instanceof Uint8Array) return resolved;
    problems.push(unresolved(source, title, resolved));
    return 'keep';
  };
  const { services, tunnels } = topology;
  const keys: TopologyKeys = {
    services: services.map(({ key, name }) => resolve(key, () => `the key of service ${quote(name)}`)),
    previous: services.map(({ previousKey, name }) =>
      previousKey === 'none' ? 'none' : resolve(previousKey, () => `the previous key of service ${quote(name)}`),
    ),
    signing: tunnels.map(({ sign, id }) =>
      sign === 'none' ? 'none' : resolve(sign.key, () => `the key that signs pings of tunnel ${id}`),
    ),
  };
  return { keys, problems: [...problems, ...sameKeyProblems(topology, keys)] };
}

interface Lacking {
  readonly fault: 'key-missing' | 'key-unreadable';
  readonly message: string;
  readonly hint: string;
}

type FileReference = Extract<KeySource, { kind: 'file' }>;
type Reference = FileReference | Extract<KeySource, { kind: 'env' }>;

/** Sixteen characters. */
const newKey = 'head -c 12 /dev/urandom | base64';

function look(
  key: Reference,
  files: FileReader,
  environment: Environment,
  warn: (file: FileReference) => void,
): KeyText | Lacking {
  if (key.kind === 'env') {
    const text = Object.hasOwn(environment, key.variable) ? environment[key.variable] : undefined;
    if (text !== undefined) return parseKeyText(text);
    return {
      fault: 'key-missing',
      message: 'is not set',
      hint: `set it where the command runs, \`sudo --preserve-env=${key.variable}\` for instance: sudo drops variables`,
    };
  }
  const content = files.read(key.path);
  if ('fault' in content) {
    const isMissing = content.fault === 'missing';
    const make = `a new one, for both ends: (umask 077; ${newKey} > ${shellWord(key.path)})`;
    const hint = isMissing
      ? `copy the other end's, or say key: keep for the one that is live; ${make}; a path is relative to the topology file`
      : 'let the user who runs this read it';
    return { fault: isMissing ? 'key-missing' : 'key-unreadable', message: content.detail, hint };
  }
  if (content.isWorldReadable) warn(key);
  const text = decodeText(content.bytes);
  if (typeof text === 'string') return parseKeyText(text);
  return { fault: 'key-unreadable', message: text.detail, hint: 'write the bytes as base64:… or hex:…' };
}

function unresolved(
  key: Reference,
  title: Title,
  { fault, message, hint }: Exclude<KeyText, Uint8Array | string> | Lacking,
): Problem {
  const [where, anew] =
    key.kind === 'file'
      ? [`key file ${quote(key.path)}`, `write one into it: ${newKey} > ${shellWord(key.path)}`]
      : [`variable ${quote(key.variable)}`, `give it one: ${newKey}`];
  const isUnfit = fault === 'key-empty' || fault === 'key-too-long';
  return problem(fault, `${title()}: ${where} ${message}`, { place: key.place, hint: isUnfit ? anew : hint });
}

function worldReadable({ path, place }: FileReference, title: Title): Problem {
  const message = `key file ${quote(path)} (${title()}) can be read by everybody on this host`;
  return problem('key-world-readable', message, { place, hint: `chmod 600 ${shellWord(path)}` }, 'warning');
}
