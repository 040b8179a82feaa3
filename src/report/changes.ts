// Changes of a plan in the form that people and scripts see: internals (epochs, counter indexes) folded into words or left
// out, one line of facts for what is new or gone.
import { formatPlace, type Place } from '../problem.ts';
import type { Action, FieldChange, ObjectChange } from '../reconcile/objects.ts';
import { countChanges } from '../reconcile/plan.ts';
import type { Style } from './style.ts';
import { counted } from './words.ts';

export interface ChangeView {
  readonly action: Action;
  readonly kind: ObjectChange['kind'];
  readonly id: string;
  readonly name: string | undefined;
  readonly place: Place | undefined;
  readonly rows: number;
  readonly fields: readonly FieldChange[];
  /** Of what is created or deleted: its fields. */
  readonly summary: Readonly<Record<string, string>>;
  /** The tunnel lives on with a new epoch: where its far end is, its next ping will tell. */
  readonly startsUnlearned: boolean;
}

const internals = new Set(['epoch', 'counter']);
const hiddenKey = '(sensitive)';

export function changeView(change: ObjectChange): ChangeView {
  const { action, kind, id, name, place, rows, fields, summary } = change;
  return {
    action,
    kind,
    id,
    name,
    place,
    rows,
    fields: action === 'update' ? fields.filter(({ field }) => !internals.has(field)) : [],
    summary: Object.fromEntries(Object.entries(summary).filter(([field]) => !internals.has(field))),
    startsUnlearned: action === 'update' && fields.some(({ field }) => field === 'epoch'),
  };
}

/** Above so many, a person wants the counts, and the first ones as a sample. */
export const mostListed = 200;
const sample = 50;

/** One or more lines for each change; the rest by kind when there are too many. */
export function changesText(every: readonly ObjectChange[], all: boolean, style: Style): string {
  const objects = all ? every : withoutFollowers(every);
  const listed = all || objects.length <= mostListed ? objects : objects.slice(0, sample);
  const lines = listed.map(changeView).flatMap((change) => changeLines(change, style));
  const rest = objects.slice(listed.length);
  if (rest.length) lines.push('', `  and ${restByKind(rest)}; --all lists them`);
  return lines.length ? `${lines.join('\n')}\n` : '';
}

const followers: readonly ObjectChange['kind'][] = ['proxy-address', 'shared-endpoint'];

/** A row that services share follows them and says nothing beside them; alone (edited by hand) it is news. */
function withoutFollowers(objects: readonly ObjectChange[]): readonly ObjectChange[] {
  return objects.some(({ kind }) => kind === 'service')
    ? objects.filter(({ kind }) => !followers.includes(kind))
    : objects;
}

/** `2 to add, 1 to change, 0 to delete`. */
export function countsText(objects: readonly ObjectChange[]): string {
  const counts = countChanges(objects);
  return `${counts.add} to add, ${counts.change} to change, ${counts.delete} to delete`;
}

function changeLines(change: ChangeView, style: Style): string[] {
  const { action, kind, id, name, place, summary, fields, startsUnlearned } = change;
  const [mark, paint] = marks(style)[action];
  const title = `${kind.replace('-', ' ')} ${id}${name === undefined ? '' : ` "${name}"`}`;
  const where = place ? `  ${style.faint(formatPlace(place))}` : '';
  const head = `  ${paint(mark)} ${style.strong(title)}`;
  if (action !== 'update') {
    const facts = factsOf(summary, id);
    return [`${head}${facts ? `  ${facts}` : ''}${where}`];
  }
  const width = Math.max(0, ...fields.map(({ field }) => field.length));
  return [
    `${head}${where}`,
    ...fields.map(({ field, before, after }) => `      ${field.padEnd(width)}  ${beforeAfter(before, after)}`),
    ...(fields.length || startsUnlearned ? [] : ['      rows alone: what a file says of it stays']),
    ...(startsUnlearned ? ['      starts unlearned: packets are dropped until its first ping'] : []),
  ];
}

function marks(style: Style): Readonly<Record<Action, readonly [string, (text: string) => string]>> {
  return { create: ['+', style.added], update: ['~', style.changed], delete: ['-', style.removed] };
}

function beforeAfter(before: string | undefined, after: string | undefined): string {
  if (before === hiddenKey && after === hiddenKey) return `${hiddenKey}, another one`;
  return `${before ?? '(none)'} → ${after ?? '(none)'}`;
}

/** What every reader would guess is left out. */
const expected: Readonly<Record<string, string>> = {
  mode: 'standard',
  ping: 'none',
  id: '0',
  header: 'keyed',
  source: 'by-key',
  sourcePort: 'local',
  sign: 'none',
  signKey: 'none',
  allowFrom: 'anywhere',
  movesPerMinute: 'no limit',
  previousKey: 'none',
  via: 'any',
  fallback: 'first',
  echo: 'pass',
};
/** Follows from other fields of what is new. */
const derived = 'flows';

function factsOf(summary: Readonly<Record<string, string>>, id: string): string {
  return Object.entries(summary)
    .filter(([field, text]) => text !== hiddenKey && expected[field] !== text && field !== derived)
    .filter(([field, text]) => !(field === 'mtu' && text.endsWith('(path)')))
    .filter(([field, text]) => !(field === 'remoteId' && text === id) && !(field === 'local' && text === id))
    .filter(([field, text]) => !(field === 'endpoint' && text === summary.proxy))
    .map(([field, text]) => `${field} ${text}`)
    .join(', ');
}

function restByKind(rest: readonly ObjectChange[]): string {
  const counts = new Map<string, number>();
  for (const { kind, action } of rest) {
    const what = `${kind.replace('-', ' ')} to ${{ create: 'add', update: 'change', delete: 'delete' }[action]}`;
    counts.set(what, (counts.get(what) ?? 0) + 1);
  }
  return [...counts]
    .map(([what, count]) => {
      const [noun, ...more] = what.split(' to ');
      return `${counted(count, noun ?? '')} to ${more.join(' to ')}`;
    })
    .join(', ');
}
