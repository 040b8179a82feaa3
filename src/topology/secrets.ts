// Which lines of a text hold keys, so that no problem ever shows one. Asked only when there is a problem to show.
// It errs on the side of hiding: a line too few in a message is a nuisance, a key in a log is an incident.
import {
  children,
  type Entry,
  isMapping,
  lineIndex,
  nameText,
  offsetOf,
  resolved,
  type TextDocument,
} from './document.ts';
import { fieldNames } from './generated/validator.js';
import { eventKinds } from './parse.ts';
import { nearest } from './wording.ts';

const secretName = /key|sign|secret|pass|token|psk/i;

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** A misspelled or invented name for the key counts too. */
export function mayHoldKey(name: string): boolean {
  const words = name.slice(0, 200).match(/\w+/g) ?? [];
  return isSecretName(name) || words.some((word) => nearest(word, ['key']) !== undefined);
}

/** Numbers, from 1, of the lines on which a field named like a key, or what it refers to, stands. */
export function secretLines(document: TextDocument): ReadonlySet<number> {
  const lines = new Set<number>();
  for (const { name, value } of secretEntries(document)) {
    addLines(document, name, document.next[value] ?? value, lines);
    const target = resolved(document, value);
    if (target !== value) addLines(document, target, document.next[target] ?? target, lines);
  }
  return lines;
}

/** The fields that are named like a key and are no reference to one. */
export function* secretEntries(document: TextDocument): Generator<Entry> {
  const known = new Map<string, boolean>();
  const isSecret = (name: string) => {
    const answer = known.get(name) ?? mayHoldKey(name);
    known.set(name, answer);
    return answer;
  };
  for (let node = 1; node < document.events.length; node++) {
    if (!isMapping(document, node)) continue;
    const nodes = children(document, node);
    for (let at = 0; at + 1 < nodes.length; at += 2) {
      const [name = 0, value = 0] = nodes.slice(at, at + 2);
      const text = nameText(document, name) ?? '';
      if (isSecret(text) && !isOpen(document, text, value)) yield { name, value };
    }
  }
}

/** A mapping that holds no secret itself: a reference, or `sign` as it should be, whose key is looked at by itself. */
function isOpen(document: TextDocument, name: string, node: number): boolean {
  if (!isMapping(document, node)) return false;
  const isHarmless = name === 'sign' ? isPartOfSign : isPartOfReference;
  const nodes = children(document, node);
  for (let at = 0; at + 1 < nodes.length; at += 2) {
    const [inner, value] = nodes.slice(at, at + 2).map((one) => nameText(document, one));
    if (!isHarmless(inner, value)) return false;
  }
  return true;
}

/** Text behind it is a file's or a variable's name; a list or a mapping is a mistake, and may hold the key. */
function isPartOfReference(name: string | undefined, value: string | undefined): boolean {
  return (name === 'file' || name === 'env') && value !== undefined;
}

function isPartOfSign(name: string | undefined, value: string | undefined): boolean {
  return name === 'key' || (name === 'required' && (value === 'true' || value === 'false'));
}

function addLines(document: TextDocument, from: number, to: number, lines: Set<number>): void {
  const start = offsetOf(document, from);
  let end = start;
  for (let node = from; node < to; node++) {
    const event = document.events[node];
    if (event?.type === eventKinds.SCALAR) end = Math.max(end, event.valueEnd - 1);
  }
  const last = lineIndex(document.lineStarts, end);
  for (let line = lineIndex(document.lineStarts, start); line <= last; line++) lines.add(line + 1);
}

/** A field of ours that holds no key. */
export function isSafeName(name: string): boolean {
  return !mayHoldKey(name) && Object.values(fieldNames).some((names) => names.includes(name));
}

/**
 * The same question of a text that is not YAML, where nobody can say what belongs to what: a line may be shown when all names
 * on it are fields that hold no key, and it begins with one. The text must look like a topology at all: it might be a key file.
 */
export function mayShowUnparsed(text: string, line: string): boolean {
  if (!text.includes('apiVersion') || isSecretName(line)) return false;
  const content = line.replace(/^[\s\-?[\]{},"']+/, '');
  const names = content.match(/[^\s"'[\]{},:]+(?=["']?\s*:(?:\s|$))/g) ?? [];
  return content === '' || (names.every(isSafeName) && content.startsWith(names[0] ?? '\0'));
}

/** Of a line that may hold a key: the field that it begins with, dots for other words, and nothing behind the character at `at`. */
export function veiled(line: string, at: number): string {
  const first = line.search(/[^\s-]/);
  const before = line.slice(0, at).replace(/[^\s]+/g, (word, start: number) => {
    const [, name = '', rest = ''] = /^(.*?)(:?)$/.exec(word) ?? [];
    const isField = start === first && allNames.has(name.replace(/["']/g, ''));
    return isField || word === '-' ? word : '·'.repeat(word.length - rest.length) + rest;
  });
  const pointed = /[[\]{}"':,#<=>-]/.test(line[at] ?? '') ? (line[at] ?? '') : '';
  return at + pointed.length < line.length ? `${before}${pointed}…` : before + pointed;
}
const allNames: ReadonlySet<string> = new Set(Object.values(fieldNames).flat());
