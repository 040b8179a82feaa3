// A text becomes a document, or problems of the text itself: not YAML, nothing in it, a name twice, aliases without end.
// It knows nothing of what a topology is, beyond that a file is one mapping.
import { type Complaints, complain, complainUnparsed, wholeDocument } from './complaints.ts';
import { isMapping, lineStartsOf, rootNode, type Source, type TextDocument } from './document.ts';
import { constructValues, type Event, eventKinds, isDuplicateFault, parseText } from './parse.ts';
import {
  complainAlias,
  complainConstruct,
  complainDuplicates,
  complainSecond,
  complainSyntax,
} from './text-problems.ts';
import { buildTree } from './tree.ts';

export async function loadSource(source: Source, complaints: Complaints): Promise<TextDocument | undefined> {
  const parsed = parseText(source.text);
  if (!Array.isArray(parsed)) {
    await complainSyntax(source, parsed, complaints);
    return undefined;
  }
  const events = firstDocument(parsed);
  const isEmpty = events.length === 0 || (events.length === 3 && isEmptyScalar(events[1]));
  const hasSecond = parsed.length > events.length;
  if (isEmpty) {
    const hint = 'nothing is removed because of it; to manage nothing, remove the instance instead';
    complainUnparsed(source, complaints, 'file-empty', 'there is no topology in it', 0, hint);
    if (!hasSecond) return undefined;
  }
  const tree = buildTree(events, source.text);
  const lineStarts = lineStartsOf(source.text);
  const bare: TextDocument = { source, events, next: tree.next, targets: tree.targets, lineStarts, value: undefined };
  if (!tree.badAlias) complaints.reads(bare);
  if (hasSecond) complainSecond(bare, parsed, complaints);
  if (isEmpty) return undefined;
  if (tree.badAlias) return complainAlias(bare, tree.badAlias, complaints);

  const value = construct(bare, complaints);
  if (value === undefined) return undefined;
  if (!isMapping(bare, rootNode)) {
    // The text may be a key file given by mistake: nothing of it is shown.
    const message = 'a topology file is a mapping of names to values, this is something else';
    const hint = 'it starts with apiVersion: trueingress/v1';
    return complain(wholeDocument(bare, complaints), 'wrong-type', message, { hint, hideSource: true });
  }
  return { ...bare, value };
}

function firstDocument(events: readonly Event[]): readonly Event[] {
  let depth = 0;
  for (let at = 0; at < events.length; at++) {
    const type = events[at]?.type;
    if (type === eventKinds.POP) depth--;
    else if (type !== eventKinds.SCALAR && type !== eventKinds.ALIAS) depth++;
    if (depth === 0) return at + 1 === events.length ? events : events.slice(0, at + 1);
  }
  return [];
}

function isEmptyScalar(event: Event | undefined): boolean {
  return event?.type === eventKinds.SCALAR && event.valueStart < 0;
}

/** The values of the document; a name that stands twice is a problem and the last one is read on with. */
function construct(document: TextDocument, complaints: Complaints): unknown {
  const { source, events } = document;
  const values = constructValues(events, source.text, false);
  if ('length' in values) return values[0];
  if (!isDuplicateFault(values)) return complainConstruct(document, values, complaints);
  if (!complainDuplicates(document, complaints))
    complainUnparsed(source, complaints, 'yaml-duplicate-key', 'a name stands twice in one mapping', values.offset);
  const again = constructValues(events, source.text, true);
  return 'length' in again ? again[0] : complainConstruct(document, again, complaints);
}
