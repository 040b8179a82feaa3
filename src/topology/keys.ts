// Key references become bytes. Only commands that need keys come here (plan, diff, apply): validate reads none.
// No key, and no part of one, is in any problem.
import { type Problem, problem } from '../problem.ts';
import { type KeyText, parseKeyText } from './key-text.ts';
import { decodeText, type FileReader } from './sources.ts';
import type { KeySource, Service, Topology } from './topology.ts';
import { quote } from './wording.ts';

/** 16 bytes, filled up with zeros; or leave the key that is live. */
export type ResolvedKey = Uint8Array | 'keep';

export interface ResolvedKeys {
  /** One for each of `topology.services`, in their order; 'keep' too where there is a problem. */
  readonly keys: readonly ResolvedKey[];
  readonly problems: readonly Problem[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

/** Each file is read once, however many services name it. */
export function resolveKeys(topology: Topology, files: FileReader, environment: Environment): ResolvedKeys {
  const problems: Problem[] = [];
  const keys: ResolvedKey[] = [];
  const known = new Map<string, KeyText | Lacking>();
  const warned = new Set<string>();
  for (const service of topology.services) {
    const { key } = service;
    if (key.kind === 'bytes' || key.kind === 'keep') {
      keys.push(key.kind === 'keep' ? 'keep' : key.bytes);
      continue;
    }
    const reference = key.kind === 'file' ? `file ${key.path}` : `env ${key.variable}`;
    const warn = (path: string) => {
      if (warned.has(path)) return;
      warned.add(path);
      problems.push(worldReadable(service, path));
    };
    const resolved = known.get(reference) ?? resolve(key, files, environment, warn);
    known.set(reference, resolved);
    if (resolved === 'keep' || resolved instanceof Uint8Array) keys.push(resolved);
    else {
      keys.push('keep');
      problems.push(unresolved(service, key, resolved));
    }
  }
  return { keys, problems };
}

interface Lacking {
  readonly fault: 'key-missing' | 'key-unreadable';
  readonly message: string;
  readonly hint: string;
}

type Reference = Extract<KeySource, { kind: 'file' | 'env' }>;

function resolve(
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
      hint: 'set it where the command runs (sudo drops variables)',
    };
  }
  const content = files.read(key.path);
  if ('fault' in content) {
    const isMissing = content.fault === 'missing';
    const hint = isMissing ? 'the path is relative to the topology file' : 'let the user who runs this read it';
    return { fault: isMissing ? 'key-missing' : 'key-unreadable', message: content.detail, hint };
  }
  if (content.isWorldReadable) warn(key.path);
  const text = decodeText(content.bytes);
  if (typeof text === 'string') return parseKeyText(text);
  return { fault: 'key-unreadable', message: text.detail, hint: 'write the bytes as base64:… or hex:…' };
}

function unresolved(
  service: Service,
  key: Reference,
  { fault, message, hint }: Exclude<KeyText, Uint8Array | string> | Lacking,
): Problem {
  const where = key.kind === 'file' ? `key file ${quote(key.path)}` : `variable ${quote(key.variable)}`;
  return problem(fault, `the key of service ${quote(service.name)}: ${where} ${message}`, {
    place: service.place,
    hint,
  });
}

function worldReadable(service: Service, path: string): Problem {
  const message = `key file ${quote(path)} (service ${quote(service.name)}) can be read by everybody on this host`;
  return problem('key-world-readable', message, { place: service.place, hint: 'chmod 600 it' }, 'warning');
}
