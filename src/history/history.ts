// What an instance has run, on disk: entries, and the texts and keys that generations were made from. Losing any of it stops
// nothing: whoever writes it turns an error into a warning, whoever reads it passes over what is broken.
import { createHash } from 'node:crypto';
import type { Source } from '../topology/document.ts';
import type { Topology } from '../topology/topology.ts';
import { type Entry, type EntryDraft, entryName, formatEntry } from './entry.ts';
import { fieldsOf } from './fields.ts';
import { type HeldKeys, isNoKeys, type KeptKeys, keptKeys, keptKeysOf } from './keys.ts';
import { keepWithinBounds } from './retention.ts';
import { entriesIn, keysIn, namedEntries, plansIn, readEntry, type Shelf, sourcesIn } from './shelf.ts';

/** What a generation was made from. */
export interface Content {
  readonly sources: readonly Source[];
  readonly topology: Topology;
  readonly keys: HeldKeys;
}

export interface Entries {
  /** Newest first. */
  readonly entries: readonly Entry[];
  /** Files that are broken or of a newer version. */
  readonly unreadable: readonly string[];
}

export function readEntries(shelf: Shelf): Entries {
  const entries: Entry[] = [];
  const unreadable: string[] = [];
  for (const named of namedEntries(shelf).reverse()) {
    const entry = readEntry(shelf, named);
    if (entry) entries.push(entry);
    else unreadable.push(`${entriesIn(shelf)}/${named.name}`);
  }
  return { entries, unreadable };
}

/** The entry that says what a generation was made from: the newest of that number with sources. */
export function findStaged(shelf: Shelf, generation: number): Entry | undefined {
  return findEntry(shelf, generation, ({ sources }) => sources.length > 0);
}

/** The entry that says how a generation came to run last. */
export function findLatest(shelf: Shelf, generation: number): Entry | undefined {
  return findEntry(shelf, generation, ({ result }) => result === 'applied');
}

function findEntry(shelf: Shelf, generation: number, suits: (entry: Entry) => boolean): Entry | undefined {
  for (const named of namedEntries(shelf).reverse()) {
    if (named.generation !== generation) continue;
    const entry = readEntry(shelf, named);
    if (entry && suits(entry)) return entry;
  }
  return undefined;
}

/** Content first, so that an entry never names what is not there. */
export function addEntry(shelf: Shelf, draft: Omit<EntryDraft, 'sources'>, content: Content | undefined): Entry {
  const { files } = shelf;
  const named = namedEntries(shelf);
  const number = (named.at(-1)?.number ?? 0) + 1;
  const name = entryName(number, draft.generation);
  const known = content ? new Set(files.names(sourcesIn(shelf))) : undefined;
  let grew = false;
  const sources = (content?.sources ?? []).map(({ file, directory, text }) => {
    const digest = createHash('sha256').update(text).digest('hex');
    if (!known?.has(digest)) {
      files.write(`${sourcesIn(shelf)}/${digest}`, text);
      grew = true;
    }
    return { file, directory, digest };
  });
  const keys = content && keptKeys(content.topology, content.keys);
  if (keys && !isNoKeys(keys)) {
    files.write(`${keysIn(shelf)}/${name}`, JSON.stringify(keys));
    grew = true;
  }
  const whole = { ...draft, sources };
  files.write(`${entriesIn(shelf)}/${name}`, formatEntry(whole));
  keepWithinBounds(shelf, named.length + 1, grew);
  return { number, ...whole };
}

export interface KeptContent {
  readonly sources: readonly Source[];
  readonly keys: KeptKeys;
}

/** undefined: a part of it is lost, or is not what was kept. */
export function readContent(shelf: Shelf, entry: Entry): KeptContent | undefined {
  const sources: Source[] = [];
  for (const { file, directory, digest } of entry.sources) {
    const bytes = digest ? shelf.files.read(`${sourcesIn(shelf)}/${digest}`) : undefined;
    if (!bytes || createHash('sha256').update(bytes).digest('hex') !== digest) return undefined;
    sources.push({ file, directory, text: Buffer.from(bytes).toString() });
  }
  const keys = readKeys(shelf, entry);
  return sources.length > 0 && keys ? { sources, keys } : undefined;
}

function readKeys(shelf: Shelf, { number, generation }: Entry): KeptKeys | undefined {
  const bytes = shelf.files.read(`${keysIn(shelf)}/${entryName(number, generation)}`);
  if (!bytes) return { services: {}, previous: {}, signing: {} };
  try {
    const fields = fieldsOf(JSON.parse(Buffer.from(bytes).toString()));
    const keys = keptKeysOf(fields);
    return fields.faults.length === 0 ? keys : undefined;
  } catch {
    return undefined;
  }
}

/** The generation that came of a saved plan; undefined: it was not used. */
export function usedAs(shelf: Shelf, planId: string): number | undefined {
  const bytes = shelf.files.read(`${plansIn(shelf)}/${planId}`);
  const text = bytes && Buffer.from(bytes).toString().trim();
  return text !== undefined && /^\d{1,15}$/.test(text) ? Number(text) : undefined;
}

export function markUsed(shelf: Shelf, planId: string, generation: number): void {
  shelf.files.write(`${plansIn(shelf)}/${planId}`, `${generation}\n`);
}

/** Whether there was any. */
export function removeHistory(shelf: Shelf): boolean {
  const there = shelf.files.names('').includes(shelf.instance);
  if (there) shelf.files.remove(shelf.instance);
  return there;
}
