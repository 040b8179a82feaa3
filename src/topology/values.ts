// Single values with a grammar of their own: endpoints, flags, times, keys. Each reader gives the value, or says what is
// wrong and gives undefined. A value of the wrong type has been said already by shape.ts, unless it is read here alone.
import { type Endpoint, parseEndpoint } from '../net/endpoint.ts';
import { parseIp } from '../net/ip.ts';
import { type Complaint, complain } from './complaints.ts';
import type { Path } from './document.ts';
import { type KeyText, literalKey, parseKeyText } from './key-text.ts';
import { unclearText } from './parse.ts';
import { fieldTitle, type Part } from './shape.ts';
import { type Direction, flagBits, type KeySource, type Role } from './topology.ts';
import { listed, nearest, quote, show } from './wording.ts';

const looksLikeIpv6 = (text: string): boolean =>
  /^\[?[0-9a-fA-F:]*:[0-9a-fA-F:.]*\]?(%\w+)?$/.test(text) && text.replace(/[^:]/g, '').length >= 2;

/** `a.b.c.d:port` of an ordinary host. */
export function readEndpoint(part: Part, name: string, example: string): Endpoint | undefined {
  const text = part.value[name];
  if (typeof text !== 'string') return undefined;
  const parsed = parseEndpoint(text);
  const title = () => fieldTitle(part, [name]);
  if (parsed === 'bad-address') {
    const host = text.slice(0, text.lastIndexOf(':'));
    if (looksLikeIpv6(text) || looksLikeIpv6(host))
      return complain(part, 'not-in-this-version', `${title()} is ${quote(text)}: IPv6 is not in this version`, {
        path: [name],
        hint: 'use an IPv4 address; a later version has IPv6',
      });
    return complain(part, 'bad-address', `${title()} is ${quote(text)}, which does not begin with an IPv4 address`, {
      path: [name],
      hint: addressHint(text, example),
    });
  }
  if (parsed === 'bad-port')
    return complain(part, 'bad-port', `${title()} is ${quote(text)}, which does not end with a port from 1 to 65535`, {
      path: [name],
      hint: parseIp(text) ? `write the port too, such as ${text}:${example.split(':')[1]}` : `write it like ${example}`,
    });
  const first = Number.parseInt(parsed.ip, 10);
  if (first === 0 || (first >= 224 && first < 240) || parsed.ip === '255.255.255.255')
    return complain(part, 'bad-address', `${title()} is ${quote(text)}, which is not the address of a host`, {
      path: [name],
      hint: `write it like ${example}`,
    });
  return parsed;
}

function addressHint(text: string, example: string): string {
  if (/\.0\d/.test(`.${text}`)) return 'write the numbers without leading zeros: some readers take them for octal';
  if (/[a-z]/i.test(text)) return 'write the address as numbers; names are not looked up';
  return `write it like ${example}`;
}

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

const laterFlags = new Set(['fwd', 'dump']);

/** The bits that a file adds to those that the role implies. Names or the old number; `undefined` when something is wrong. */
export function readFlagBits(
  part: Part,
  path: Path,
  direction: Direction,
  value: unknown,
  role: Role | undefined,
): number | undefined {
  const bitOf: Readonly<Record<string, number>> = flagBits[direction];
  const title = fieldTitle(part, path);
  const known = Object.keys(bitOf).filter((name) => !laterFlags.has(name) && !(role === 'node' && name === 'proxy'));
  const refuse = (name: string, at: Path): undefined => {
    if (laterFlags.has(name))
      return complain(part, 'not-in-this-version', `the flag ${name} (${title}) is not in this version`, {
        path: at,
        hint: 'a later version has it; leave it out until then',
      });
    const meant = nearest(name, known);
    const hint = meant ? `did you mean ${meant}?` : `flags of ${direction} are ${listed(known)}`;
    return complain(part, 'wrong-value', `${title} has ${quote(name)}, which is not a flag of ${direction} here`, {
      path: at,
      hint: name === 'proxy' && direction === 'egress' ? 'proxy is what a gateway does; leave it out on a node' : hint,
    });
  };
  if (typeof value === 'number') {
    if (!Number.isInteger(value) || value < 0 || value > 255) return wrongFlags(part, path, value);
    const names = Object.keys(bitOf).filter((name) => value & (bitOf[name] ?? 0));
    const left = value - names.reduce((sum, name) => sum + (bitOf[name] ?? 0), 0);
    const refused = names.filter((name) => !known.includes(name));
    for (const name of refused) refuse(name, path);
    if (left !== 0) {
      const numbers = known.map((name) => `${name} (${bitOf[name]})`);
      return complain(part, 'wrong-value', `${title} is ${value}, and ${left} in it is no flag of ${direction}`, {
        path,
        hint: `flags of ${direction} are ${listed(numbers)}`,
      });
    }
    return refused.length > 0 ? undefined : value;
  }
  if (!Array.isArray(value)) return wrongFlags(part, path, value);
  let bits: number | undefined = 0;
  for (const [index, name] of value.entries()) {
    const bit = typeof name === 'string' && known.includes(name) ? (bitOf[name] ?? 0) : undefined;
    if (bit === undefined)
      bits = typeof name === 'string' ? refuse(name, [...path, index]) : wrongFlags(part, [...path, index], name);
    else if (bits !== undefined) bits |= bit;
    if (part.complaints.isFull()) return undefined;
  }
  return bits;
}

function wrongFlags(part: Part, path: Path, value: unknown): undefined {
  const digits = unclearText(value);
  if (digits !== undefined)
    return complain(
      part,
      'yaml-ambiguous-number',
      `${fieldTitle(part, path)} is ${digits}: some readers of YAML take that for octal`,
      {
        path,
        hint: 'write it in decimal',
      },
    );
  const hint = typeof value === 'string' ? `write it as a list: [${value.length < 20 ? value : '…'}]` : undefined;
  return complain(
    part,
    'wrong-type',
    `${fieldTitle(part, path)} is ${show(value)}, not a list of flags or their number`,
    {
      path,
      hint,
    },
  );
}

/** Where a key comes from. Nothing of what stands there is ever quoted, not even names in a mapping. */
export function readKey(part: Part, resolvePath: (path: string) => string): KeySource | undefined {
  const value = part.value.key;
  if (value === undefined) return undefined;
  const at: Complaint = { path: ['key'] };
  const title = () => fieldTitle(part, ['key']);
  if (typeof value === 'string') return keySource(part, parseKeyText(value), at, title);
  if (value === null) return complain(part, 'key-empty', `${title()} is empty`, { ...at, hint: 'give up to 16 bytes' });
  const isMapping = typeof value === 'object' && !Array.isArray(value) && unclearText(value) === undefined;
  if (!isMapping) {
    const what = Array.isArray(value) ? 'a list' : typeof value === 'boolean' ? 'true or false' : 'a number';
    return complain(part, 'key-not-text', `${title()} is not text: YAML reads it as ${what}`, {
      ...at,
      hint: 'put it in quotes',
    });
  }
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
    return complain(part, 'wrong-value', `${title()} has a ${name} that cannot be a name`, at);
  return name === 'file' ? { kind: 'file', path: resolvePath(inner) } : { kind: 'env', variable: inner };
}

function keySource(part: Part, key: KeyText, at: Complaint, title: () => string): KeySource | undefined {
  if (key === 'keep') return { kind: 'keep' };
  if (key instanceof Uint8Array) return { kind: 'bytes', bytes: key };
  return complain(part, key.fault, `${title()} ${key.message}`, { ...at, hint: key.hint });
}
