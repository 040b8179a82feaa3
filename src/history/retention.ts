// How much history is kept: so many entries and so many bytes, the oldest go first. Entries are dropped some at a time, since
// finding out which texts nobody needs any more means reading the entries that stay.
import type { NamedEntry } from './entry.ts';
import { entriesIn, keysIn, namedEntries, plansIn, readEntry, type Shelf, sourcesIn } from './shelf.ts';

export const mostEntries = 200;
export const mostBytes = 256 * 1024 * 1024;
/** Used plans are a few bytes each; of one that is forgotten, the number of its generation tells that it is too old. */
const mostPlans = 200;
const atOnce = 20;
/** What is live and what it replaced stay, however big they are. */
const fewestEntries = 2;

/** @param grew whether a text or a key was written: without, only an entry has come */
export function keepWithinBounds(shelf: Shelf, entries: number, grew: boolean): void {
  if (entries > mostEntries + atOnce) drop(shelf, entries - mostEntries);
  if (grew && bytesOf(shelf) > mostBytes) dropUntilSmall(shelf);
}

function dropUntilSmall(shelf: Shelf): void {
  for (let left = namedEntries(shelf).length; left > fewestEntries && bytesOf(shelf) > mostBytes; left--)
    drop(shelf, 1);
}

function drop(shelf: Shelf, count: number): void {
  const { files } = shelf;
  const named = namedEntries(shelf);
  for (const { name } of named.slice(0, count)) {
    files.remove(`${entriesIn(shelf)}/${name}`);
    files.remove(`${keysIn(shelf)}/${name}`);
  }
  dropUnused(shelf, named.slice(count));
  // Their names begin with the time.
  const used = [...files.names(plansIn(shelf))].sort();
  for (const id of used.slice(0, Math.max(0, used.length - mostPlans))) files.remove(`${plansIn(shelf)}/${id}`);
}

/** Nothing goes while an entry cannot be read: it may need it. */
function dropUnused(shelf: Shelf, kept: readonly NamedEntry[]): void {
  const needed = new Set<string>();
  for (const named of kept) {
    const entry = readEntry(shelf, named);
    if (!entry) return;
    for (const { digest } of entry.sources) needed.add(digest);
  }
  for (const name of shelf.files.names(sourcesIn(shelf)))
    if (!needed.has(name)) shelf.files.remove(`${sourcesIn(shelf)}/${name}`);
}

function bytesOf(shelf: Shelf): number {
  let bytes = 0;
  for (const directory of [sourcesIn(shelf), keysIn(shelf)])
    for (const name of shelf.files.names(directory)) bytes += shelf.files.sizeOf(`${directory}/${name}`);
  return bytes;
}
