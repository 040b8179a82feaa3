// The only room that knows package yaml: it lists several syntax faults at once, and prints documents with comments.
// Imported lazily: it costs 26 ms, and reading a good file needs none of it.
import {
  Document,
  isAlias,
  isDocument,
  isMap,
  isNode,
  isScalar,
  isSeq,
  parseAllDocuments,
  parseDocument,
  Scalar,
  visit,
  type YAMLMap,
  type YAMLSeq,
} from 'yaml';
import type { Path } from './document.ts';
import type { FileEdit, ItemName, WrittenValue } from './edit.ts';
import type { TextFault } from './parse.ts';

/** The faults in the order of the text, at most `most`. Names that stand twice are not looked for: that is quadratic here. */
export function listSyntaxFaults(text: string, most: number): TextFault[] {
  const faults: TextFault[] = [];
  try {
    for (const document of parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, merge: true })) {
      const errors = 'errors' in document ? document.errors : [];
      for (const { pos, code, message } of errors)
        if (message.startsWith('Missing closing') && /quote$/.test(message))
          faults.push({ offset: lastQuote(document, pos[0]), reason: 'quoted scalar' });
        else faults.push({ offset: pos[0], reason: code });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // its stack overflows on deep nesting
  }
  return faults.sort((a, b) => a.offset - b.offset).slice(0, most);
}

/** Where the last quoted text before `end` begins: that of a quote that is never closed is more use than the end of the file. */
function lastQuote(document: unknown, end: number): number {
  let start = -1;
  if (isDocument(document))
    visit(document, {
      Scalar: (_, { range, type }) => {
        if (range && type?.startsWith('QUOTE') && range[0] <= end) start = Math.max(start, range[0]);
      },
    });
  return start < 0 ? end : start;
}

export interface PrintOptions {
  /** Lines above the document, without their `#`. */
  readonly header: readonly string[];
  /** What stands behind a value, on its line. */
  readonly comments: readonly { readonly path: Path; readonly text: string }[];
}

/** Plain values as a block document; lists of plain values on one line, an empty line before each list of mappings. */
export function printDocument(value: Readonly<Record<string, unknown>>, { header, comments }: PrintOptions): string {
  const document = new Document(value, { aliasDuplicateObjects: false });
  const root = document.contents;
  if (isMap(root)) {
    if (header.length > 0) root.commentBefore = header.map((line) => ` ${line}`).join('\n');
    for (const { key, value: list } of root.items)
      if (isSeq(list) && list.items.some(isMap) && isScalar(key)) key.spaceBefore = true;
  }
  flowPlainLists(root);
  for (const { path, text } of comments) {
    const node = document.getIn(path, true);
    if (isNode(node)) node.comment = ` ${text}`;
  }
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function flowPlainLists(node: unknown): void {
  if (isSeq(node)) {
    if (node.items.every((item) => isScalar(item))) node.flow = true;
    else for (const item of node.items) flowPlainLists(item);
  } else if (isMap(node)) for (const pair of node.items) flowPlainLists(pair.value);
}

/** Words and numbers that some reader of YAML, old or new, would not take for text. */
const notText = /^(?:y|n|yes|no|on|off|true|false|null|nan|inf)$/i;

/** Free text as a value: in quotes unless every reader takes it for text without. */
export function textValue(text: string): unknown {
  const node = new Scalar(text);
  const isPlain = /^[A-Za-z][A-Za-z0-9_./-]*$/.test(text) && !notText.test(text);
  node.type = isPlain ? 'PLAIN' : 'QUOTE_DOUBLE';
  return node;
}

/** Throws RangeError where an item is not written as one mapping in this text. */
export function editDocument(text: string, edits: readonly FileEdit[]): string {
  const document = parseDocument(text, { merge: true });
  for (const edit of edits) applyEdit(document, edit);
  return document.toString({ lineWidth: 0, flowCollectionPadding: false });
}

function applyEdit(document: Document, edit: FileEdit): void {
  switch (edit.kind) {
    case 'change': {
      const { item } = findItem(document, edit.item);
      write(document, item, edit.fields);
      for (const name of edit.gone ?? []) item.delete(name);
      break;
    }
    case 'copy': {
      const { list, at, item } = findItem(document, edit.item);
      list.items.splice(at + 1, 0, copied(document, item, edit.fields));
      break;
    }
    case 'remove': {
      const { list, at } = findItem(document, edit.item);
      list.items.splice(at, 1);
      break;
    }
    case 'add':
      listOf(document, edit.list).items.push(mappingOf(document, edit.fields));
      break;
    case 'head':
      write(document, rootOf(document), edit.fields);
      break;
    case 'interface':
      editInterface(document, edit);
      break;
    case 'no-interface': {
      const { items } = listOf(document, 'interfaces');
      const at = items.findIndex((node) => nameOf(node) === edit.name);
      if (at >= 0) items.splice(at, 1);
      break;
    }
    default:
      edit satisfies never;
  }
}

function rootOf(document: Document): YAMLMap {
  if (!isMap(document.contents)) throw new RangeError('the file is not written as one mapping');
  return document.contents as YAMLMap;
}

/** Made where there is none. An empty one is written `[]`: what comes into it goes on lines of its own. */
function listOf(document: Document, name: string): YAMLSeq {
  const there = document.get(name, true);
  if (isSeq(there)) {
    if (there.items.length === 0 && name !== 'interfaces') there.flow = false;
    return there;
  }
  if (isNode(there) && !(isScalar(there) && there.value === null))
    throw new RangeError(`the list ${name} is not written as one`);
  const made = document.createNode([]);
  made.flow = name === 'interfaces';
  rootOf(document).set(name, made);
  return made;
}

function mappingOf(document: Document, fields: Readonly<Record<string, WrittenValue>>): YAMLMap {
  const made = document.createNode({}) as YAMLMap;
  write(document, made, fields);
  return made;
}

function nameOf(node: unknown): unknown {
  return isScalar(node) ? node.value : isMap(node) ? node.get('name') : undefined;
}

function editInterface(document: Document, { name, flags }: Extract<FileEdit, { kind: 'interface' }>): void {
  const { items } = listOf(document, 'interfaces');
  const at = items.findIndex((node) => nameOf(node) === name);
  const there = items[at];
  if (!flags) {
    if (at < 0) items.push(textValue(name));
    return;
  }
  const item = isMap(there) ? there : (document.createNode({ name: textValue(name) }) as YAMLMap);
  const names = document.createNode(flags.names);
  names.flow = true;
  const own = item.get('flags', true);
  if (isMap(own)) own.set(flags.direction, names);
  else {
    const made = document.createNode({}) as YAMLMap;
    made.set(flags.direction, names);
    item.set('flags', made);
  }
  // On one line, so that a list which is written in brackets stays one.
  item.flow = true;
  if (isMap(there)) return;
  if (at < 0) items.push(item);
  else items[at] = item;
}

function findItem(document: Document, name: ItemName): { list: YAMLSeq; at: number; item: YAMLMap } {
  const list = document.get(name.list, true);
  const title = name.list === 'tunnels' ? `tunnel ${name.id}` : `service ${name.group}/${name.id}`;
  const isMeant = (node: unknown): node is YAMLMap =>
    isMap(node) && node.get('id') === name.id && (name.list === 'tunnels' || node.get('group') === name.group);
  const at = isSeq(list) ? list.items.findIndex(isMeant) : -1;
  const item = isSeq(list) ? list.items[at] : undefined;
  if (!isSeq(list) || !isMeant(item))
    throw new RangeError(`${title} is not written as one mapping in the list ${name.list}`);
  return { list, at, item };
}

function write(document: Document, item: YAMLMap, fields: Readonly<Record<string, WrittenValue>>): void {
  for (const [name, value] of Object.entries(fields)) {
    const written = typeof value === 'object' && 'from' in value ? item.get(value.from, true) : nodeOf(document, value);
    const before = item.get(name, true);
    const fresh = isNode(written) ? withoutMarks(written) : written;
    // What stands behind a value is about the field, and stays with it.
    if (isNode(before) && isNode(fresh) && before.comment) fresh.comment = before.comment;
    item.set(name, fresh);
  }
}

function nodeOf(document: Document, value: WrittenValue): unknown {
  const names = typeof value === 'object' && !Array.isArray(value) ? Object.entries(value) : undefined;
  const node = document.createNode(
    names ? Object.fromEntries(names.map(([name, text]) => [name, textValue(String(text))])) : value,
  );
  if (isSeq(node) || isMap(node)) node.flow = true;
  return node;
}

function copied(document: Document, item: YAMLMap, fields: Readonly<Record<string, WrittenValue>>): YAMLMap {
  const copy = withoutMarks(item) as YAMLMap;
  write(document, copy, fields);
  return copy;
}

/** A copy without comments and anchors, which stay where they were; an alias stands for its anchor's value still. */
function withoutMarks<Node>(node: Node): Node {
  if (!isNode(node)) return node;
  const copy = node.clone();
  visit(copy as Parameters<typeof visit>[0], {
    Node: (_, inner) => {
      inner.comment = null;
      inner.commentBefore = null;
      inner.spaceBefore = false;
      if (!isAlias(inner) && 'anchor' in inner) delete inner.anchor;
    },
  });
  return copy as Node;
}
