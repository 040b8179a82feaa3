// One field of the topology file, told as `kubectl explain` tells of one.
import type { Field } from '../topology/fields.ts';
import type { Style } from './style.ts';

const widthOfText = 100;

/** @param parts the fields in it */
export function explainText(field: Field, parts: readonly Field[], style: Style): string {
  const facts: readonly (readonly [string, string | undefined])[] = [
    ['FIELD', field.path === '' ? '(the file)' : field.path],
    ['TYPE', field.type],
    ['REQUIRED', field.isRequired ? 'yes' : 'no'],
    ['DEFAULT', field.default],
    ['RANGE', field.range],
    ['ONE OF', field.allowed.length ? field.allowed.join(', ') : undefined],
  ];
  const known = facts.flatMap(([name, value]) =>
    value === undefined ? [] : [`${style.strong(name.padEnd(8))}  ${wrapped(value, 10).trimStart()}`],
  );
  return [
    ...known,
    ...section('DESCRIPTION', [wrapped(field.description, 2)], style),
    ...section('PLACE', placeLines(field), style),
    ...section(
      'EXAMPLES',
      field.examples.map((one) => `  ${ownName(field)}: ${one}`),
      style,
    ),
    ...section(
      'FIELDS',
      parts.map((one) => lineOf(one, Math.max(...parts.map((part) => ownName(part).length)))),
      style,
    ),
    '',
  ].join('\n');
}

export function explainFields(field: Field, parts: readonly Field[]): Record<string, unknown> {
  return { ...plainly(field), fields: parts.map(plainly) };
}

function plainly(field: Field): Record<string, unknown> {
  const { path, place, type, isRequired, description, range, allowed, examples } = field;
  return {
    path,
    place,
    type,
    required: isRequired,
    default: field.default ?? null,
    range: range ?? null,
    allowed,
    description,
    examples,
  };
}

function section(title: string, lines: readonly string[], style: Style): string[] {
  return lines.length === 0 ? [] : ['', style.strong(title), ...lines];
}

/** `services[].key` as it stands in a file: each list with the dash of its items. */
function placeLines({ place }: Field): string[] {
  if (place === '') return [];
  let indent = '  ';
  let dash = '';
  return place.split('.').map((name) => {
    const line = `${indent}${dash}${name.replace('[]', '')}:`;
    indent += dash === '' ? '  ' : '    ';
    dash = name.endsWith('[]') ? '- ' : '';
    return line;
  });
}

function lineOf(field: Field, width: number): string {
  const [sentence = ''] = field.description.split(/(?<=[.:]) (?=[A-Z])/);
  const needed = field.isRequired ? ', required' : '';
  return `  ${ownName(field).padEnd(width)}  <${field.type}${needed}>\n${wrapped(sentence, width + 4)}`;
}

function ownName({ path }: Field): string {
  return path.split('.').at(-1) ?? '';
}

function wrapped(text: string, indent: number): string {
  const lines: string[] = [];
  let line = '';
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > widthOfText) {
      lines.push(line);
      line = word;
    } else line = line === '' ? word : `${line} ${word}`;
  }
  return [...lines, line].map((one) => ' '.repeat(indent) + one).join('\n');
}
