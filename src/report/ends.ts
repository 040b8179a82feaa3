// Two hosts side by side: whether their files agree, and steps that change both. Values of keys never come here.
import type { End } from '../ends/pairs.ts';
import type { Played } from '../ends/play.ts';
import { hasErrors, type Problem } from '../problem.ts';
import type { Edit, ItemName, WrittenValue } from '../topology/edit.ts';
import type { Source } from '../topology/read.ts';
import type { Style } from './style.ts';
import { counted } from './words.ts';

export function agreementText(ends: readonly End[], problems: readonly Problem[], style: Style): string {
  const names = ends.map(({ topology }) => topology.name).join(', ');
  const errors = problems.filter(({ severity }) => severity === 'error').length;
  if (errors > 0)
    return `${style.removed('Disagree')}: ${names}: ${counted(errors, 'disagreement')} would lose packets.\n`;
  const { tunnels, services } = sums(ends);
  const doubts = problems.length > 0 ? `, ${counted(problems.length, 'warning')}` : '';
  return `${style.added('Agree')}: ${names} (${counted(tunnels, 'tunnel')}, ${counted(services, 'service')}${doubts}).\n`;
}

export function agreementFields(ends: readonly End[], problems: readonly Problem[]): Record<string, unknown> {
  return {
    agree: !hasErrors(problems),
    hosts: ends.map(({ topology: { name, role, tunnels, services, place } }) => ({
      instance: name,
      role,
      file: place.file,
      tunnels: tunnels.length,
      services: services.length,
    })),
  };
}

/** Of the host that the others are held against. */
function sums([first]: readonly End[]): { readonly tunnels: number; readonly services: number } {
  return { tunnels: first?.topology.tunnels.length ?? 0, services: first?.topology.services.length ?? 0 };
}

/** `node.yaml` → `node.step-2.yaml`: beside it, so that paths of key files mean the same. */
export function stepFile({ file }: Source, number: number): string {
  const [, stem = file, ending = ''] = /^(.*?)(\.[^./]*)?$/s.exec(file) ?? [];
  return `${stem}.step-${number}${ending}`;
}

/**
 *  1. node-1 takes the new key as well
 *       service 2/1: previousKey {file: /etc/trueingress/web.next.key}
 *     node-1# trueingress apply -f node.step-1.yaml
 */
export function rotationText(played: readonly Played[], isWritten: boolean, style: Style): string {
  const width = String(played.length).length;
  const lines = played.flatMap(({ step, before, after }, at) => {
    const number = at + 1;
    const file = isWritten ? stepFile(after, number) : before.file;
    const indent = ' '.repeat(width + 3);
    return [
      `${String(number).padStart(width + 1)}. ${style.strong(`${step.role} ${step.host}`)} ${step.does}`,
      ...step.edits.flatMap((edit) => editLines(edit, style)).map((line) => `${indent}  ${line}`),
      `${indent}${style.faint(`${step.host}#`)} trueingress apply -f ${file}`,
      ...(step.afterwards === undefined ? [] : [`${indent}${style.faint(`${step.host}#`)} ${step.afterwards}`]),
      '',
    ];
  });
  const end = `${counted(played.length, 'step')}, each one apply; after each the files agree and traffic flows. To give up, go them back in the opposite order.`;
  return `${lines.join('\n')}\n${end}\n`;
}

function editLines(edit: Edit, style: Style): string[] {
  const title = itemTitle(edit.item);
  switch (edit.kind) {
    case 'change':
      return [
        ...Object.entries(edit.fields).map(([name, value]) =>
          style.changed(`~ ${title}: ${name} ${shownValue(value)}`),
        ),
        ...(edit.gone ?? []).map((name) => style.removed(`- ${title}: ${name}`)),
      ];
    case 'copy': {
      const fields = Object.entries(edit.fields).map(([name, value]) => `${name} ${shownValue(value)}`);
      return [style.added(`+ a copy of ${title}: ${fields.join(', ')}`)];
    }
    case 'remove':
      return [style.removed(`- ${title}`)];
    default:
      return edit satisfies never;
  }
}

function itemTitle(item: ItemName): string {
  return item.list === 'tunnels' ? `tunnel ${item.id}` : `service ${item.group}/${item.id}`;
}

/** A value that is moved from another field may be a key. */
function shownValue(value: WrittenValue): string {
  if (typeof value !== 'object') return String(value);
  if ('from' in value) return `what ${value.from} was`;
  if ('file' in value) return `{file: ${value.file}}`;
  return 'env' in value ? `{env: ${value.env}}` : `[${value.join(', ')}]`;
}

export function rotationFields(played: readonly Played[], isWritten: boolean): Record<string, unknown> {
  return {
    steps: played.map(({ step, before, after }, at) => ({
      number: at + 1,
      instance: step.host,
      role: step.role,
      does: step.does,
      file: isWritten ? stepFile(after, at + 1) : before.file,
      edits: step.edits,
      ...(step.afterwards !== undefined && { afterwards: step.afterwards }),
    })),
  };
}
