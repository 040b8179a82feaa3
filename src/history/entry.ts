// One entry of an instance's history: which generation came to run, when, by whom, of what. A small JSON file each; what it was
// made from is kept beside (contents.ts). It knows the form, and nothing of files.
import type { Policy } from '../reconcile/policy.ts';
import { type Fields, fieldsOf } from './fields.ts';

/** apply: of files or of a saved plan · revert: an earlier one again · unconfirmed: taken back, since nobody confirmed. */
export const entryKinds = ['apply', 'revert', 'unconfirmed'] as const;
export type EntryKind = (typeof entryKinds)[number];

/** Whoever started the command. */
export interface Who {
  readonly user: string;
  /** Before sudo; empty: no sudo. */
  readonly sudoUser: string;
  /** Address of the ssh client; empty: no ssh. */
  readonly sshClient: string;
  /** Name of the process that started it: a shell, cron, ansible. */
  readonly parent: string;
}

export interface Commit {
  readonly id: string;
  /** The files differ from it, or are not in it. */
  readonly dirty: boolean;
}

export interface EntrySource {
  /** As the user named it; `-` is standard input. */
  readonly file: string;
  readonly directory: string;
  /** SHA-256 of the text, in hexadecimal. */
  readonly digest: string;
}

export interface EntryDraft {
  readonly generation: number;
  readonly kind: EntryKind;
  /** revert: the generation whose content or slot it is; unconfirmed: the one that nobody confirmed; otherwise undefined. */
  readonly of: number | undefined;
  /** ISO 8601. */
  readonly time: string;
  readonly by: Who;
  /** A daemon's own run, rather than a person's command. Entries of 0.1.0 and before do not say: false. */
  readonly byDaemon: boolean;
  readonly result: 'applied' | 'reverted' | 'stuck';
  readonly counts: { readonly add: number; readonly change: number; readonly delete: number };
  /** The changes as the plan showed them, keys hidden; long ones cut. */
  readonly summary: string;
  /** Empty where slots were switched and nothing was staged. */
  readonly sources: readonly EntrySource[];
  readonly sourceDigest: string;
  readonly buildDigest: string;
  readonly commit: Commit | undefined;
  /** Of the saved plan that it is the execution of. */
  readonly planId: string | undefined;
  /** Of an apply that had to be confirmed: how long one could. */
  readonly confirmWithinMs: number | undefined;
  /** What the apply might do to what its files do not have; undefined: everything (sync), or nothing was staged. */
  readonly policy: Exclude<Policy, 'sync'> | undefined;
}

export interface Entry extends EntryDraft {
  /** Counts up: the order in which generations came to run. */
  readonly number: number;
}

const formatVersion = 1;
const results = ['applied', 'reverted', 'stuck'] as const;

/** Numbers are in the name, so that the last generation is known without reading any. */
export function entryName(number: number, generation: number): string {
  return `${String(number).padStart(10, '0')}-${generation}.json`;
}

export interface NamedEntry {
  readonly name: string;
  readonly number: number;
  readonly generation: number;
}

export function namedEntry(name: string): NamedEntry | undefined {
  const [, number = '', generation = ''] = /^(\d{10})-(\d{1,15})\.json$/.exec(name) ?? [];
  return number ? { name, number: Number(number), generation: Number(generation) } : undefined;
}

export function formatEntry(draft: EntryDraft): string {
  return `${JSON.stringify({ formatVersion, ...draft }, undefined, 2)}\n`;
}

/** undefined: broken, or of a newer version. */
export function parseEntry(text: string, { number, generation }: NamedEntry): Entry | undefined {
  const fields = fieldsOf(parsed(text));
  const entry: Entry = {
    number,
    generation: fields.count('generation'),
    kind: fields.oneOf('kind', entryKinds),
    of: fields.has('of') ? fields.count('of') : undefined,
    time: fields.text('time'),
    by: whoOf(fields.object('by')),
    byDaemon: fields.has('byDaemon') && fields.flag('byDaemon'),
    result: fields.oneOf('result', results),
    counts: countsOf(fields.object('counts')),
    summary: fields.text('summary'),
    sources: fields.list('sources').map(sourceOf),
    sourceDigest: fields.text('sourceDigest'),
    buildDigest: fields.text('buildDigest'),
    commit: fields.has('commit') ? commitOf(fields.object('commit')) : undefined,
    planId: fields.has('planId') ? fields.text('planId') : undefined,
    confirmWithinMs: fields.has('confirmWithinMs') ? fields.count('confirmWithinMs') : undefined,
    policy: fields.has('policy') ? fields.oneOf('policy', ['upsert-only', 'create-only'] as const) : undefined,
  };
  const isOurs = fields.count('formatVersion') === formatVersion && entry.generation === generation;
  return isOurs && fields.faults.length === 0 && !Number.isNaN(Date.parse(entry.time)) ? entry : undefined;
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

export function whoOf(fields: Fields): Who {
  return {
    user: fields.text('user'),
    sudoUser: fields.text('sudoUser'),
    sshClient: fields.text('sshClient'),
    parent: fields.text('parent'),
  };
}

function countsOf(fields: Fields): EntryDraft['counts'] {
  return { add: fields.count('add'), change: fields.count('change'), delete: fields.count('delete') };
}

/** The digest becomes part of a path. */
function sourceOf(fields: Fields): EntrySource {
  const digest = fields.text('digest');
  return {
    file: fields.text('file'),
    directory: fields.text('directory'),
    digest: /^[0-9a-f]{64}$/.test(digest) ? digest : '',
  };
}

export function commitOf(fields: Fields): Commit {
  return { id: fields.text('id'), dirty: fields.flag('dirty') };
}
