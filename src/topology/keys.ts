// Key references become bytes. Only commands that need keys come here (plan, diff, apply): validate reads none.
// No key, and no part of one, is in any problem.
import { type Place, type Problem, problem } from '../problem.ts';
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
interface Use {
  readonly title: () => string;
  readonly place: Place;
}

/** Each file is read once, however many name it. */
export function resolveKeys(topology: Topology, files: FileReader, environment: Environment): ResolvedKeys {
  const problems: Problem[] = [];
  const known = new Map<string, KeyText | Lacking>();
  const warned = new Set<string>();
  const resolve = (source: KeySource, use: Use): ResolvedKey => {
    if (source.kind === 'bytes') return source.bytes;
    if (source.kind === 'keep') return 'keep';
    const reference = source.kind === 'file' ? `file ${source.path}` : `env ${source.variable}`;
    const warn = (path: string) => {
      if (warned.has(path)) return;
      warned.add(path);
      problems.push(worldReadable(use, path));
    };
    const resolved = known.get(reference) ?? look(source, files, environment, warn);
    known.set(reference, resolved);
    if (resolved === 'keep' || resolved instanceof Uint8Array) return resolved;
    problems.push(unresolved(use, source, resolved));
    return 'keep';
  };
  const { services, tunnels } = topology;
  const keys: TopologyKeys = {
    services: services.map(({ key, name, place }) =>
      resolve(key, { title: () => `the key of service ${quote(name)}`, place }),
    ),
    previous: services.map(({ previousKey, name, place }) =>
      previousKey === 'none'
        ? 'none'
        : resolve(previousKey, { title: () => `the previous key of service ${quote(name)}`, place }),
    ),
    signing: tunnels.map(({ sign, id, place }) =>
      sign === 'none' ? 'none' : resolve(sign.key, { title: () => `the key that signs pings of tunnel ${id}`, place }),
    ),
  };
  return { keys, problems: [...problems, ...sameKeyProblems(topology, keys)] };
}

interface Lacking {
  readonly fault: 'key-missing' | 'key-unreadable';
  readonly message: string;
  readonly hint: string;
}

type Reference = Extract<KeySource, { kind: 'file' | 'env' }>;

function look(
  key: Reference,
  files: FileReader,
  environment: Environment,
  warn: (path: string) => void,
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
    const make = `a new one, for both ends: (umask 077; head -c 12 /dev/urandom | base64 > ${shellWord(key.path)})`;
    const hint = isMissing
      ? `copy the other end's, or say key: keep for the one that is live; ${make}; a path is relative to the topology file`
      : 'let the user who runs this read it';
    return { fault: isMissing ? 'key-missing' : 'key-unreadable', message: content.detail, hint };
  }
  if (content.isWorldReadable) warn(key.path);
  const text = decodeText(content.bytes);
  if (typeof text === 'string') return parseKeyText(text);
  return { fault: 'key-unreadable', message: text.detail, hint: 'write the bytes as base64:… or hex:…' };
}

function unresolved(
  { title, place }: Use,
  key: Reference,
  { fault, message, hint }: Exclude<KeyText, Uint8Array | string> | Lacking,
): Problem {
  const where = key.kind === 'file' ? `key file ${quote(key.path)}` : `variable ${quote(key.variable)}`;
  return problem(fault, `${title()}: ${where} ${message}`, { place, hint });
}

function worldReadable({ title, place }: Use, path: string): Problem {
  const message = `key file ${quote(path)} (${title()}) can be read by everybody on this host`;
  return problem('key-world-readable', message, { place, hint: `chmod 600 ${shellWord(path)}` }, 'warning');
}
