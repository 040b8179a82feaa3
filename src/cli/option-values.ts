// The text of an option becomes its value, or a RangeError with a sentence for whoever typed it.

import { familyOf, parseIp } from '../net/ip.ts';
import { type Prefix, parsePrefix } from '../net/prefix.ts';
import { type HookWords, parseHook } from '../packet/words/hook.ts';
import { faultText, isFault } from '../packet/words/words.ts';
import type { DeletionLimit } from '../reconcile/guards.ts';

/** `unclear`: neither; what was typed may be a key, and is not kept. */
export type KeyOption = { readonly file: string } | { readonly env: string } | 'unclear';

/** Of an option that may be repeated. */
export function listOf<T>(read: (text: string) => T): (text: string, previous: unknown) => readonly T[] {
  return (text, previous) => [...(previous as readonly T[]), read(text)];
}

export function oneOf(...choices: readonly string[]): ((text: string) => string) & { choices: readonly string[] } {
  const read = (text: string): string => {
    if (!choices.includes(text)) throw new RangeError(`"${text.slice(0, 60)}" is not one of ${choices.join(', ')}`);
    return text;
  };
  return Object.assign(read, { choices });
}

/** It becomes part of paths: `..` is none. */
export function instanceName(text: string): string {
  if (!/^[a-z0-9-]{1,15}$/.test(text))
    throw new RangeError(`"${text.slice(0, 60)}" is not the name of an instance: 1 to 15 of a-z, 0-9 and -`);
  return text;
}

export function count(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new RangeError(`"${text.slice(0, 60)}" is not a number`);
  return Number(text);
}

export function positive(text: string): number {
  const number = count(text);
  if (number < 1) throw new RangeError(`"${text}" is not a number from 1 on`);
  return number;
}

export function serviceId(text: string): { readonly group: number; readonly id: number } {
  const [group = Number.NaN, id = Number.NaN] = /^\d{1,5}\/\d{1,5}$/.test(text) ? text.split('/').map(Number) : [];
  if (!(group <= 0xffff && id <= 0xffff))
    throw new RangeError(`"${text.slice(0, 60)}" is not group/id of a service, such as 2/1`);
  return { group, id };
}

/** Throws nothing: the complaint would quote what was typed. */
export function keyReference(text: string): KeyOption {
  const [, kind, name] = /^(file|env):(.+)$/s.exec(text) ?? [];
  if (name === undefined) return 'unclear';
  return kind === 'file' ? { file: name } : { env: name };
}

export function portNumber(text: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : 0;
  if (port < 1 || port > 65535) throw new RangeError(`"${text.slice(0, 60)}" is not a port, 1 to 65535`);
  return port;
}

export function tunnelId(text: string): number {
  const id = /^\d{1,10}$/.test(text) ? Number(text) : 0;
  if (id < 1 || id > 0xffff_ffff) throw new RangeError(`"${text.slice(0, 60)}" is not the number of a tunnel`);
  return id;
}

/** Bits behind the prefix do no harm to somebody who looks for packets. */
export function prefix(text: string): Prefix {
  const ip = parseIp(text);
  if (ip) return { ip, bits: familyOf(ip) === 4 ? 32 : 128 };
  const parsed = parsePrefix(text);
  if (typeof parsed === 'string')
    throw new RangeError(`"${text.slice(0, 60)}" is neither an IP address nor a prefix such as 10.0.0.0/8`);
  return 'meant' in parsed ? parsed.meant : parsed;
}

const unitMs: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000 };

/** `500ms`, `10s`, `5m`, `1h`: milliseconds. */
export function duration(text: string): number {
  const match = /^(\d{1,6})(ms|s|m|h)$/.exec(text);
  const unit = unitMs[match?.[2] ?? ''];
  if (!match || unit === undefined)
    throw new RangeError(`"${text.slice(0, 60)}" is not a time like 500ms, 10s, 5m or 1h`);
  return Number(match[1]) * unit;
}

/** The limits that `ping.interval` has in a file: none at all would flood, and beyond 24 days timers start over. */
export function interval(text: string): number {
  const ms = duration(text);
  if (ms < 1 || ms > 24 * 3_600_000) throw new RangeError(`"${text}" is not a time from 1ms to 24h`);
  return ms;
}

/** A hook in words: `eth0:egress`. */
export function place(text: string): HookWords {
  const parsed = parseHook(text);
  if (isFault(parsed)) throw new RangeError(`column ${parsed.column}: ${faultText(parsed)}`);
  return parsed;
}

/** A number, or a share such as 50%. */
export function deletionLimit(text: string): DeletionLimit {
  const [, digits = '', percent] = /^(\d{1,9})(%?)$/.exec(text) ?? [];
  if (digits === '' || (percent && Number(digits) > 100))
    throw new RangeError(`"${text.slice(0, 60)}" is neither a number nor a percentage such as 50%`);
  return percent ? { percent: Number(digits) } : { objects: Number(digits) };
}
