// One item of a list: at least a mapping. Interfaces and flags become values of topology.ts here, tunnels and services in rooms
// of their own; what items mean to each other (references, duplicates) is rules.ts.
import { type Complaints, complain } from './complaints.ts';
import { placeOf, type TextDocument } from './document.ts';
import { readFlagBits } from './flag-bits.ts';
import { checkInterface } from './generated/validator.js';
import { unclearText } from './parse.ts';
import { fits, type Part } from './shape.ts';
import type { Flags, Role, TopologyInterface } from './topology.ts';
import { show } from './wording.ts';

export type ItemKind = 'interface' | 'tunnel' | 'service' | 'expectation';

/** A list item that is at least a mapping (an interface may be a bare name). */
export function partOf(
  kind: ItemKind,
  document: TextDocument,
  node: number,
  written: unknown,
  complaints: Complaints,
): Part | undefined {
  const value = kind === 'interface' && typeof written === 'string' ? { name: written } : written;
  if (isMapping(value)) return { kind, document, node, value, complaints };
  const wanted = kind === 'interface' ? 'the name of an interface, or a mapping' : 'a mapping';
  const digits = unclearText(value);
  // Text where a service should be may hold its key.
  const shown = kind === 'service' && typeof value === 'string' ? 'text' : show(value);
  const message = `this ${kind} is ${digits ?? shown}, not ${wanted}`;
  const code = digits === undefined ? 'wrong-type' : 'yaml-ambiguous-number';
  return complain({ document, node, complaints }, code, message, {
    hint: kind === 'interface' ? 'put it in quotes' : undefined,
    hideSource: true,
  });
}

export function isMapping(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value) && unclearText(value) === undefined;
}

/** Bits that the role implies, whatever the file says. */
export function impliedFlags(role: Role): Flags {
  return { ingress: 1, egress: role === 'gateway' ? 1 : 0 };
}

/** A `flags` mapping: what it says for each direction; undefined where it says nothing. */
export function readFlags(
  part: Part,
  role: Role | undefined,
): { readonly [direction in keyof Flags]?: number | undefined } {
  const { flags } = part.value;
  if (!isMapping(flags)) return {};
  const read = (direction: keyof Flags) =>
    flags[direction] === undefined
      ? undefined
      : readFlagBits(part, ['flags', direction], direction, flags[direction], role);
  return { ingress: read('ingress'), egress: read('egress') };
}

/** `defaults` are the flags of the file, implied ones included; each direction that the interface names replaces them. */
export function readInterface(part: Part, role: Role | undefined, defaults: Flags): TopologyInterface | undefined {
  const isFit = fits(checkInterface, part);
  const flags = readFlags(part, role);
  const { name } = part.value;
  if (!isFit || typeof name !== 'string') return undefined;
  const implied = impliedFlags(role ?? 'node');
  return {
    name,
    flags: {
      ingress: flags.ingress === undefined ? defaults.ingress : flags.ingress | implied.ingress,
      egress: flags.egress === undefined ? defaults.egress : flags.egress | implied.egress,
    },
    place: placeOf(part.document, part.node),
  };
}
