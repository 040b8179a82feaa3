// Problems of a text itself, once load.ts has found that there are some: where they are and in which words.
// It knows YAML, and nothing of what a topology is.
import { type Complaints, complain, complainUnparsed, wholeDocument } from './complaints.ts';
import {
  children,
  isMapping,
  lineIndex,
  lineStartsOf,
  nameText,
  offsetOf,
  rootNode,
  type Source,
  type TextDocument,
} from './document.ts';
import {
  type Event,
  eventKinds,
  isComplexNameFault,
  isDepthFault,
  isForeignCharacter,
  leadingZero,
  type TextFault,
} from './parse.ts';
import { syntaxMessage } from './syntax.ts';
import { addressCause, causeOf, isVague } from './syntax-cause.ts';
import type { Tree } from './tree.ts';
import { quote } from './wording.ts';

/** Above this the second reader, which lists several faults, would take seconds. */
const longestReread = 1_000_000;
const mostSyntaxFaults = 20;

/** What js-yaml refuses when it makes values. */
export function complainConstruct(document: TextDocument, fault: TextFault, complaints: Complaints): undefined {
  const name = isComplexNameFault(fault) ? firstComplexName(document) : undefined;
  const offset = name === undefined ? fault.offset : offsetOf(document, name);
  const { message, hint } = syntaxMessage({ ...fault, offset });
  complainUnparsed(document.source, complaints, 'yaml-syntax', message, offset, hint);
}

/** A name that is a list, a mapping, or a number that readers do not agree on. */
function firstComplexName(document: TextDocument): number | undefined {
  for (let node = rootNode; node < document.events.length; node++) {
    if (!isMapping(document, node)) continue;
    for (const [at, name] of children(document, node).entries()) {
      const text = at % 2 === 0 ? (nameText(document, name) ?? '00') : '';
      if (leadingZero.test(text)) return name;
    }
  }
  return undefined;
}

/** True when at least one was found: js-yaml knows the first, here are all. */
export function complainDuplicates(document: TextDocument, complaints: Complaints): boolean {
  const subject = wholeDocument(document, complaints);
  let found = false;
  for (let node = rootNode; node < document.events.length && !complaints.isFull(); node++) {
    if (!isMapping(document, node)) continue;
    const lines = new Map<string, number>();
    for (const [at, name] of children(document, node).entries()) {
      const text = at % 2 === 0 ? nameText(document, name) : undefined;
      if (text === undefined) continue;
      const first = lines.get(text);
      if (first === undefined) lines.set(text, name);
      else {
        const isSecret = complaints.secretLines(document).has(lineOf(document, name)) && text !== 'key';
        const what = isSecret ? 'a name' : quote(text);
        complain({ ...subject, node: name }, 'yaml-duplicate-key', `${what} stands twice in one mapping`, {
          hint: `the first is in line ${lineOf(document, first)}; remove one of them`,
        });
        found = true;
      }
    }
  }
  return found;
}

function lineOf(document: TextDocument, node: number): number {
  return lineIndex(document.lineStarts, offsetOf(document, node)) + 1;
}

export function complainSecond(document: TextDocument, events: readonly Event[], complaints: Complaints): void {
  const marks = [...document.source.text.matchAll(/^---(?=\s|$)/gm)];
  const opening = events[document.events.length];
  const isMarked = opening?.type === eventKinds.DOCUMENT && opening.explicitStart;
  const before = events[0]?.type === eventKinds.DOCUMENT && events[0].explicitStart ? 1 : 0;
  const all: TextDocument = { ...document, events };
  const offset = isMarked ? marks[before]?.index : undefined;
  const message = 'a second YAML document begins here; a topology file is one document';
  const hint = 'put it into a file of its own and give both with -f, or remove the line of three dashes';
  complainUnparsed(
    document.source,
    complaints,
    'yaml-second-document',
    message,
    offset ?? offsetOf(all, document.events.length + 1),
    hint,
  );
}

export function complainAlias(
  document: TextDocument,
  bad: NonNullable<Tree['badAlias']>,
  complaints: Complaints,
): undefined {
  const message =
    bad.kind === 'recursive'
      ? 'this alias stands for something that contains it'
      : 'aliases unfold this text into far more than was written';
  return complain({ ...wholeDocument(document, complaints), node: bad.node }, 'yaml-too-many-aliases', message, {
    hint: bad.kind === 'recursive' ? 'write out what is meant' : 'write the items out, or anchor smaller parts',
  });
}

/** js-yaml stops at the first fault. The other package goes on, so its list is shown when it has one. */
export async function complainSyntax(source: Source, first: TextFault, complaints: Complaints): Promise<void> {
  const { text } = source;
  const faults: TextFault[] = [];
  if (text.length <= longestReread && !isDepthFault(first) && !isForeignCharacter(first)) {
    const { listSyntaxFaults } = await import('./yaml.ts');
    faults.push(...listSyntaxFaults(text, mostSyntaxFaults));
  }
  const lineStarts = lineStartsOf(text);
  const lines = new Set<number>();
  for (const [at, fault] of (faults.length > 0 ? faults : [first]).entries()) {
    const cause = addressCause(text, fault) ?? causeOf(text, lineStarts, fault, at === 0);
    // Behind the first fault a reader is lost: what has no cause of its own, or the same line, is a consequence most often.
    if (at > 0 && !cause && isVague(fault)) continue;
    const { message, offset, hint } = cause ?? syntaxMessage(fault);
    const line = lineIndex(lineStarts, offset);
    if (!lines.has(line)) complainUnparsed(source, complaints, 'yaml-syntax', message, offset, hint);
    lines.add(line);
    lines.add(lineIndex(lineStarts, fault.offset));
  }
}
