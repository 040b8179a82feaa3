// The top level of one or several files: scalars that must agree, and what every file must say.
// Lists are joined by read.ts.
import type { Place } from '../problem.ts';
import { type Complaints, complain } from './complaints.ts';
import { findField, placeOf, rootNode, type TextDocument } from './document.ts';
import { checkHead } from './generated/validator.js';
import { impliedFlags, isMapping, readFlags } from './items.ts';
import { fits, type Part } from './shape.ts';
import type { Flags, Role } from './topology.ts';
import { listed, quote, shellWord, show } from './wording.ts';

/** What the top levels say together; undefined where they say nothing usable. */
export interface Head {
  readonly name: string | undefined;
  readonly id: number;
  readonly role: Role | undefined;
  /** Implied bits included. */
  readonly flags: Flags;
  readonly place: Place;
}

export function headPart(document: TextDocument, complaints: Complaints): Part {
  const value = isMapping(document.value) ? document.value : {};
  return { kind: '', document, node: rootNode, value, complaints };
}

export function readHead(parts: readonly [Part, ...Part[]]): Head {
  const [first] = parts;
  for (const part of parts) fits(checkHead, part);
  const name = scalar(parts, 'name');
  const id = scalar(parts, 'id');
  const written = scalar(parts, 'role');
  const role = written === 'gateway' || written === 'node' ? written : undefined;
  if (name === undefined)
    complain(first, 'missing-field', 'the file has no name', { hint: 'name the instance, such as name: epic-1' });
  if (written === undefined)
    complain(first, 'missing-field', 'the file has no role', { hint: 'write role: gateway or role: node' });
  return {
    name: typeof name === 'string' ? name : undefined,
    id: typeof id === 'number' ? id : 0,
    role,
    flags: joinedFlags(parts, role),
    place: placeOf(first.document, rootNode),
  };
}

/** Files of several instances, given together by mistake: said once, since all else about them would be a consequence. */
export function describeSeveral(parts: readonly Part[]): boolean {
  const byName = new Map<string, Part[]>();
  for (const part of parts) {
    const { name } = part.value;
    if (typeof name === 'string') byName.set(name, [...(byName.get(name) ?? []), part]);
  }
  const [, second] = byName.values();
  const [part] = second ?? [];
  if (!part) return false;
  const filesOf = (some: readonly Part[]): string[] => some.map(({ document }) => document.source.file);
  const instances = [...byName].map(([name, some]) => `${quote(name)} (${listed(filesOf(some), 'and', 5)})`);
  const commands = [...byName.values()].map((some) => {
    const options = filesOf(some).map((file) => `-f ${shellWord(file)}`);
    return `\`trueingress validate ${options.join(' ')}\``;
  });
  complain(part, 'scalar-conflict', `these files are of ${byName.size} instances: ${listed(instances)}`, {
    path: ['name'],
    hint: `files given together describe one; give those of each alone: ${listed(commands, 'and', 3)}`,
  });
  return true;
}

/** The value of a field that several files may repeat. */
function scalar(parts: readonly Part[], name: string): unknown {
  let first: Part | undefined;
  for (const part of parts) {
    const value = part.value[name];
    if (value === undefined) continue;
    if (!first) first = part;
    else if (value !== first.value[name]) {
      const place = placeOf(first.document, findField(first.document, rootNode, [name]).value);
      const message = `${name} is ${show(value)} here and ${show(first.value[name])} in ${place.file}:${place.line}`;
      complain(part, 'scalar-conflict', message, { path: [name], hint: 'files given together describe one instance' });
    }
  }
  return first?.value[name];
}

/** Flags are sets, so those of several files are joined as lists are. */
function joinedFlags(parts: readonly Part[], role: Role | undefined): Flags {
  let { ingress, egress } = impliedFlags(role ?? 'node');
  for (const part of parts) {
    const flags = readFlags(part, role);
    ingress |= flags.ingress ?? 0;
    egress |= flags.egress ?? 0;
  }
  return { ingress, egress };
}
