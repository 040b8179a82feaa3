// A row in one line, and where it comes from.

import { formatPlace } from '../problem.ts';
import type { Explanation, FilePart } from '../reconcile/trace/explain.ts';
import type { RowFields, Step } from '../reconcile/trace/step.ts';
import { usual } from './show.ts';
import type { Style } from './style.ts';

/** What nobody asked for, and what is the reconciler's own business. */
const internals: ReadonlySet<string> = new Set(['epoch']);

/** `tunnel 100, group 2, service 1`: what has its usual value, and what the key says, is left out. */
function rowText(row: RowFields, { key, keyMembers }: Pick<Step, 'key' | 'keyMembers'>): string {
  const isInKey = (name: string, value: string): boolean =>
    keyMembers.includes(name) || key === value || key.startsWith(`${value} `) || key.endsWith(` ${value}`);
  return Object.entries(row)
    .filter(([name, value]) => !internals.has(name) && value !== '-' && value !== usual[name])
    .filter(([name, value]) => !isInKey(name, String(value)))
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
}

/** Each row with its places below it. */
export function stepsText(steps: readonly Step[], style: Style): string {
  return steps
    .map((step) => {
      const found = step.row ? rowText(step.row, step) || 'there' : style.changed('no such row');
      const note = step.note === undefined ? [] : [style.changed(step.note)];
      const lines = [...note, ...explanationLines(step.explanation, style)].map((line) => `      ${line}\n`);
      return `  ${style.strong(step.table)} ${step.key} → ${found}\n${lines.join('')}`;
    })
    .join('');
}

/** One line each. */
function explanationLines(explanation: Step['explanation'], style: Style): readonly string[] {
  if (explanation === undefined) return [];
  if (explanation === 'learned') return [style.faint('learned from packets')];
  switch (explanation.kind) {
    case 'file':
      return explanation.parts.map((part) => style.faint(partText(part)));
    case 'differs':
      return [
        style.changed('not as the file has it: edited by hand, or the file has changed'),
        ...explanation.parts.map((part) => style.faint(partText(part))),
      ];
    case 'not-from-a-file':
      return [style.changed('not from a file')];
    case 'no-file-known':
      return [style.faint('no file known for it')];
    default:
      return explanation satisfies never;
  }
}

export function partText({ what, place }: FilePart): string {
  return `${formatPlace(place)}  ${what}`;
}

/** As schemas/trace.schema.json describes `from`. */
function explanationFields(explanation: Explanation | 'learned'): Record<string, unknown> {
  if (explanation === 'learned') return { kind: 'learned', parts: [] };
  const parts = 'parts' in explanation ? explanation.parts : [];
  return { kind: explanation.kind, parts: parts.map(({ what, place }) => ({ what, ...place })) };
}

export function stepFields({ table, title, key, row, explanation, note }: Step): Record<string, unknown> {
  return {
    table,
    title,
    key,
    found: row !== undefined,
    ...(row && { row }),
    ...(explanation && { from: explanationFields(explanation) }),
    ...(note !== undefined && { note }),
  };
}
