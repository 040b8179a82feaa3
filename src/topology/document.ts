// One YAML document as a plain value, with the way back from any field to its line and column.
// It knows YAML's mappings, lists, aliases and merges, and nothing of what a topology is.
import type { Place } from '../problem.ts';
import { type Event, eventKinds, eventOffset, isMergeName, scalarText } from './parse.ts';

/** A text to read, from a file or standard input; gathered by sources.ts. */
export interface Source {
  /** As the user named it; `-` is standard input. */
  readonly file: string;
  readonly text: string;
  /** What relative paths in the text are relative to. */
  readonly directory: string;
}

/** The first document of a text. A node is an index into `events`. */
export interface TextDocument {
  readonly source: Source;
  /** As plain JavaScript: merged, aliases shared. */
  readonly value: unknown;
  readonly events: readonly Event[];
  /** Index after the subtree that starts at each event. */
  readonly next: Int32Array;
  /** Alias event → event that it stands for. */
  readonly targets: ReadonlyMap<number, number>;
  readonly lineStarts: Int32Array;
}

/** The root's event, after the one that opens the document. */
export const rootNode = 1;

/** Offset of each line's first character. YAML breaks lines at LF, CR LF and CR. */
export function lineStartsOf(text: string): Int32Array {
  const starts = [0];
  if (text.includes('\r')) for (const match of text.matchAll(/\r\n?|\n/g)) starts.push(match.index + match[0].length);
  else for (let at = text.indexOf('\n'); at >= 0; at = text.indexOf('\n', at + 1)) starts.push(at + 1);
  return Int32Array.from(starts);
}

/** Index of the line that holds `offset`, from 0. */
export function lineIndex(lineStarts: Int32Array, offset: number): number {
  let low = 0;
  let high = lineStarts.length - 1;
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((lineStarts[middle] ?? 0) <= offset) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** Line and column from 1; the column counts characters, not UTF-16 units. */
export function placeAt(source: Source, lineStarts: Int32Array, offset: number): Place {
  const line = lineIndex(lineStarts, offset);
  const start = lineStarts[line] ?? 0;
  let column = 1;
  for (let at = start; at < offset; at++) if ((source.text.charCodeAt(at) & 0xfc00) !== 0xdc00) column++;
  return { file: source.file, line: line + 1, column };
}

export function lineText(text: string, lineStarts: Int32Array, line: number): string {
  return text.slice(lineStarts[line - 1] ?? text.length, lineStarts[line] ?? text.length).trimEnd();
}

export function resolved(document: TextDocument, node: number): number {
  return document.targets.get(node) ?? node;
}

export function isMapping(document: TextDocument, node: number): boolean {
  return document.events[node]?.type === eventKinds.MAPPING;
}

/** The nodes inside a list, or those inside a mapping: name, value, name, value … None for anything else. */
export function children(document: TextDocument, node: number): number[] {
  const type = document.events[node]?.type;
  if (type !== eventKinds.MAPPING && type !== eventKinds.SEQUENCE) return [];
  const found: number[] = [];
  const end = (document.next[node] ?? 0) - 1;
  for (let child = node + 1; child < end; child = document.next[child] ?? end) found.push(child);
  return found;
}

/** The text of a name in a mapping, aliases followed; undefined when it is not plain text. */
export function nameText(document: TextDocument, node: number): string | undefined {
  const event = document.events[resolved(document, node)];
  return event?.type === eventKinds.SCALAR ? scalarText(document.source.text, event) : undefined;
}

export interface Entry {
  readonly name: number;
  readonly value: number;
}

export type Path = readonly (string | number)[];

/** The nodes of the field at `path` below `node`; of the nearest thing above it that exists, when it does not. */
export function findField(document: TextDocument, node: number, path: Path): Entry {
  let entry: Entry = { name: node, value: node };
  for (const step of path) {
    const parent = resolved(document, entry.value);
    const found = typeof step === 'number' ? itemAt(document, parent, step) : entryNamed(document, parent, step);
    if (!found) return entry;
    entry = found;
  }
  return entry;
}

function itemAt(document: TextDocument, node: number, index: number): Entry | undefined {
  const child = children(document, node)[index];
  return child === undefined ? undefined : { name: child, value: child };
}

/** The last entry of that name, own ones before merged ones, as js-yaml takes them. */
function entryNamed(document: TextDocument, node: number, wanted: string): Entry | undefined {
  if (!isMapping(document, node)) return undefined;
  const nodes = children(document, node);
  let own: Entry | undefined;
  const merged: number[] = [];
  for (let at = 0; at + 1 < nodes.length; at += 2) {
    const [name = 0, value = 0] = nodes.slice(at, at + 2);
    const event = document.events[name];
    if (event && isMergeName(document.source.text, event)) merged.push(resolved(document, value));
    else if (nameText(document, name) === wanted) own = { name, value };
  }
  if (own) return own;
  for (const source of merged) {
    const mappings = isMapping(document, source) ? [source] : children(document, source);
    for (const mapping of mappings) {
      const found = entryNamed(document, resolved(document, mapping), wanted);
      if (found) return found;
    }
  }
  return undefined;
}

/** Offset of a node. An empty one has none: the name or the dash before it stands for it. */
export function offsetOf(document: TextDocument, node: number): number {
  const { events, source } = document;
  let empty = 0;
  for (let at = node; at > 0; at--) {
    const event = events[at];
    const offset = event ? eventOffset(event) : -1;
    if (event?.type === eventKinds.SCALAR && offset < 0) empty++;
    if (offset < 0) continue;
    if (at === node || event?.type === eventKinds.MAPPING) return offset;
    const rest = source.text.slice(event?.type === eventKinds.SCALAR ? event.valueEnd : offset);
    // Behind a name comes its colon. Otherwise these are empty items of a list, each with a dash.
    if (/^["']?\s*:/.test(rest)) return offset;
    const dashes = rest.matchAll(/(?<=^|\n)[ \t]*-(?=\s|$)/g);
    for (const dash of dashes)
      if (--empty === 0) return source.text.length - rest.length + dash.index + dash[0].length - 1;
    return offset;
  }
  return 0;
}

export function placeOf(document: TextDocument, node: number): Place {
  return placeAt(document.source, document.lineStarts, offsetOf(document, node));
}
