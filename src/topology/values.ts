// Times and keys: the value, or what is wrong with it and undefined. A value of the wrong type has been said already by
// shape.ts, unless it is read here alone.
import { type Complaint, complain } from './complaints.ts';
import { findField, type Path, placeOf } from './document.ts';
import { type KeyText, literalKey, parseKeyText } from './key-text.ts';
import { unclearText } from './parse.ts';
import { fieldTitle, kindOf, type Part, valueAt } from './shape.ts';
import type { KeySource } from './topology.ts';
import { quote } from './wording.ts';

const unitsMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };
const longestMs = 24 * 3_600_000;

/** `500ms`, `10s`, `1m`, `2h` in milliseconds. */
export function readTime(part: Part, path: Path, text: unknown): number | undefined {
  if (typeof text !== 'string') return undefined;
  const match = /^(\d{1,9})(ms|s|m|h)$/.exec(text);
  const ms = Number(match?.[1]) * (unitsMs[match?.[2] ?? ''] ?? 0);
  if (ms >= 1 && ms <= longestMs) return ms;
  return complain(part, 'wrong-value', `${fieldTitle(part, path)} is ${quote(text)}, not a time from 1ms to 24h`, {
    path,
    hint: 'write a number and its unit, such as 500ms, 10s or 1m',
  });
}

/** Paths in a file are relative to its directory. */
export type ResolvePath = (path: string) => string;

/** Where a key comes from. Nothing of what stands there is ever quoted, not even names in a mapping. */
export function readKey(part: Part, path: Path, resolvePath: ResolvePath): KeySource | undefined {
  const value = valueAt(part.value, path);
  if (value === undefined) return undefined;
  const at: Complaint = { path };
  const title = () => fieldTitle(part, path);
  if (typeof value === 'string') return keySource(part, parseKeyText(value), at, title);
  if (value === null)
    return complain(part, 'key-empty', `${title()} is empty`, {
      ...at,
      hint: 'give up to 16 bytes: head -c 12 /dev/urandom | base64',
    });
  const isMapping = typeof value === 'object' && !Array.isArray(value) && unclearText(value) === undefined;
  if (!isMapping)
    return complain(part, 'key-not-text', `${title()} is not text: YAML reads it as ${kindOf(value)}`, {
      ...at,
      hint: 'put it in quotes',
    });
  const entries = Object.entries(value);
  const [name, inner] = entries[0] ?? [];
  const isReference = entries.length === 1 && (name === 'text' || name === 'file' || name === 'env');
  if (!isReference)
    return complain(part, 'wrong-value', `${title()} is a mapping, but not one of text, file and env alone`, {
      ...at,
      hint: 'write {text: …}, {file: …} or {env: …}',
    });
  if (typeof inner !== 'string')
    return complain(part, 'key-not-text', `${title()} has a ${name} that is not text`, {
      ...at,
      hint: 'put it in quotes',
    });
  if (name === 'text') return keySource(part, literalKey(inner), at, title);
  if (inner === '' || inner.includes('\0') || (name === 'env' && inner.includes('=')))
    return complain(part, 'wrong-value', `${title()} has a ${name} that cannot be a name`, {
      ...at,
      hint: 'write {file: web.key} or {env: WEB_KEY}, with a name of your own',
    });
  const { document, node } = part;
  const place = placeOf(document, findField(document, node, [...path, name]).value);
  return name === 'file' ? { kind: 'file', path: resolvePath(inner), place } : { kind: 'env', variable: inner, place };
}

function keySource(part: Part, key: KeyText, at: Complaint, title: () => string): KeySource | undefined {
  if (key === 'keep') return { kind: 'keep' };
  if (key instanceof Uint8Array) return { kind: 'bytes', bytes: key };
  return complain(part, key.fault, `${title()} ${key.message}`, { ...at, hint: key.hint });
}
