// Where an instance's history lies, and its entries by their names.
//   <instance>/entries/0000000012-9.json   one for each time that a generation came to run: its number, the generation
//   <instance>/sources/<sha256>            texts, each once
//   <instance>/keys/0000000012-9.json      keys that the texts take from elsewhere
//   <instance>/plans/<id>                  saved plans that were used: the generation that came of it
import { type Entry, type NamedEntry, namedEntry, parseEntry } from './entry.ts';
import type { PrivateFiles } from './files.ts';

export interface Shelf {
  readonly files: PrivateFiles;
  readonly instance: string;
}

export const entriesIn = ({ instance }: Shelf): string => `${instance}/entries`;
export const sourcesIn = ({ instance }: Shelf): string => `${instance}/sources`;
export const keysIn = ({ instance }: Shelf): string => `${instance}/keys`;
export const plansIn = ({ instance }: Shelf): string => `${instance}/plans`;

/** Oldest first. */
export function namedEntries(shelf: Shelf): NamedEntry[] {
  return shelf.files
    .names(entriesIn(shelf))
    .flatMap((name) => namedEntry(name) ?? [])
    .sort((a, b) => a.number - b.number);
}

/** Numbers go on from here when a reboot has emptied the kernel; 0: nothing is known. */
export function lastGeneration(shelf: Shelf): number {
  return namedEntries(shelf).reduce((most, { generation }) => Math.max(most, generation), 0);
}

export function readEntry(shelf: Shelf, named: NamedEntry): Entry | undefined {
  const bytes = shelf.files.read(`${entriesIn(shelf)}/${named.name}`);
  return bytes && parseEntry(Buffer.from(bytes).toString(), named);
}
