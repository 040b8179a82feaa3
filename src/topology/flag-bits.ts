// Flags of a hook: names, or the number that users of the older tools know, become bits; or what is wrong is said.
import { complain } from './complaints.ts';
import type { Path } from './document.ts';
import { unclearText } from './parse.ts';
import { fieldTitle, type Part } from './shape.ts';
import { type Direction, flagBits, type Role } from './topology.ts';
import { listed, nearest, quote, show } from './wording.ts';

/** The bits that a file adds to those that the role implies; `undefined` when something is wrong. */
export function readFlagBits(
  part: Part,
  path: Path,
  direction: Direction,
  value: unknown,
  role: Role | undefined,
): number | undefined {
  const all: Readonly<Record<string, number>> = flagBits[direction];
  const bitOf = Object.fromEntries(Object.entries(all).filter(([name]) => role !== 'node' || name !== 'proxy'));
  const where: Where = { part, path, direction, bitOf };
  if (typeof value !== 'number' && !Array.isArray(value)) return wrongFlags(part, path, value);
  const bits = typeof value === 'number' ? bitsOfNumber(where, value, all) : bitsOfNames(where, value);
  // To send a packet out of the interface that the lookup names, there must be a lookup.
  const { fwd, fib } = flagBits.egress;
  return bits !== undefined && direction === 'egress' && bits & fwd ? bits | fib : bits;
}

interface Where {
  readonly part: Part;
  readonly path: Path;
  readonly direction: Direction;
  /** Of the flags that the role can have. */
  readonly bitOf: Readonly<Record<string, number>>;
}

function bitsOfNumber(where: Where, value: number, all: Readonly<Record<string, number>>): number | undefined {
  const { part, path, direction, bitOf } = where;
  if (!Number.isInteger(value) || value < 0 || value > 255) return wrongFlags(part, path, value);
  const names = Object.keys(all).filter((name) => value & (all[name] ?? 0));
  const refused = names.filter((name) => !Object.hasOwn(bitOf, name));
  for (const name of refused) refuse(where, name, path);
  const left = value - names.reduce((sum, name) => sum + (all[name] ?? 0), 0);
  if (left === 0) return refused.length > 0 ? undefined : value;
  const title = fieldTitle(part, path);
  return complain(part, 'wrong-value', `${title} is ${value}, and ${left} in it is no flag of ${direction}`, {
    path,
    hint: `flags of ${direction} are ${listed(Object.entries(bitOf).map(([name, bit]) => `${name} (${bit})`))}`,
  });
}

function bitsOfNames(where: Where, names: readonly unknown[]): number | undefined {
  const { part, path, bitOf } = where;
  let bits = 0;
  let isSound = true;
  for (const [index, name] of names.entries()) {
    if (typeof name === 'string' && Object.hasOwn(bitOf, name)) bits |= bitOf[name] ?? 0;
    else {
      isSound = false;
      if (typeof name === 'string') refuse(where, name, [...path, index]);
      else wrongFlags(part, [...path, index], name);
    }
    if (part.complaints.isFull()) return undefined;
  }
  return isSound ? bits : undefined;
}

function refuse({ part, path, direction, bitOf }: Where, name: string, at: Path): void {
  const known = Object.keys(bitOf);
  const meant = nearest(name, known);
  const hint = meant ? `did you mean ${meant}?` : `flags of ${direction} are ${listed(known)}`;
  const message = `${fieldTitle(part, path)} has ${quote(name)}, which is not a flag of ${direction} here`;
  complain(part, 'wrong-value', message, {
    path: at,
    hint: name === 'proxy' && direction === 'egress' ? 'proxy is what a gateway does; leave it out on a node' : hint,
  });
}

function wrongFlags(part: Part, path: Path, value: unknown): undefined {
  const digits = unclearText(value);
  if (digits !== undefined)
    return complain(
      part,
      'yaml-ambiguous-number',
      `${fieldTitle(part, path)} is ${digits}: some readers of YAML take that for octal`,
      { path, hint: 'write it in decimal' },
    );
  const hint = typeof value === 'string' ? `write it as a list: [${value.length < 20 ? value : '…'}]` : undefined;
  return complain(
    part,
    'wrong-type',
    `${fieldTitle(part, path)} is ${show(value)}, not a list of flags or their number`,
    { path, hint },
  );
}
