// Headers before and after, field by field.
import { type ComparedField, compareLayers } from '../packet/fields/changes.ts';
import { frameLayers } from '../packet/fields/fields.ts';
import type { Field } from '../packet/fields/layer.ts';
import type { Style } from './style.ts';
import { hex } from './words.ts';

const marks = { same: ' ', changed: '~', added: '+', removed: '-' } as const;
/** More than the longest address: what is longer is payload. */
const mostShown = 16;

export function compareFrames(before: Uint8Array, after: Uint8Array): readonly ComparedField[] {
  return compareLayers(frameLayers(before), frameLayers(after));
}

/** `~ ipv4  ttl  40 → 3f  64 → 63`; the layer is named once. */
export function headersText(fields: readonly ComparedField[], style: Style): string {
  const rows = fields.map((field) => ({
    field,
    layer: field.isFirst ? field.layer : '',
    bytes: sides(field, bytesText),
    text: sides(field, ({ text }) => text),
  }));
  const width = (of: (row: (typeof rows)[number]) => string): number =>
    Math.max(0, ...rows.map((row) => of(row).length));
  const [layerWidth, nameWidth, bytesWidth] = [
    width(({ layer }) => layer),
    width(({ field }) => field.name),
    width(({ bytes }) => bytes),
  ];
  const lines = rows.map(({ field, layer, bytes, text }) => {
    const cells = [layer.padEnd(layerWidth), field.name.padEnd(nameWidth), bytes.padEnd(bytesWidth), text];
    return paint(style, field)(`${marks[field.change]} ${cells.join('  ')}`.trimEnd());
  });
  return lines.length ? `${lines.join('\n')}\n` : '';
}

function paint(style: Style, { change }: ComparedField): (text: string) => string {
  return change === 'same' ? style.faint : style[change];
}

function sides({ change, before, after }: ComparedField, told: (field: Field) => string): string {
  const [old, now] = [before && told(before), after && told(after)];
  return change === 'changed' ? `${old} → ${now}` : (now ?? old ?? '');
}

function bytesText({ name, bytes }: Field): string {
  if (name === 'key') return '(blanked)';
  return bytes.length > mostShown ? `${hex(bytes.subarray(0, mostShown))}…` : hex(bytes);
}

export function headerFields(fields: readonly ComparedField[]): readonly Record<string, unknown>[] {
  const told = ({ at, bytes, text }: Field) => ({ at, hex: hex(bytes), text });
  return fields.map(({ layer, name, change, before, after }) => ({
    layer,
    field: name,
    change,
    ...(before && { before: told(before) }),
    ...(after && { after: told(after) }),
  }));
}
