// How much history is kept.
import { describe, expect, test } from 'vitest';
import {
  addEntry,
  type Content,
  findStaged,
  markUsed,
  readContent,
  readEntries,
} from '../../../src/history/history.ts';
import { mostBytes, mostEntries } from '../../../src/history/retention.ts';
import { entriesIn, lastGeneration, sourcesIn } from '../../../src/history/shelf.ts';
import { createMemoryFiles } from '../../support/private-files.ts';
import { topologyOf } from '../../support/topologies.ts';

const draft = (generation: number) => ({
  generation,
  kind: 'apply' as const,
  of: undefined,
  time: '2026-01-01T00:00:00.000Z',
  by: { user: 'root', sudoUser: '', sshClient: '', parent: '' },
  byDaemon: false,
  result: 'applied' as const,
  counts: { add: 0, change: 0, delete: 0 },
  summary: '',
  sourceDigest: '',
  buildDigest: '',
  commit: undefined,
  planId: undefined,
  confirmWithinMs: undefined,
  policy: undefined,
});

const content = (text: string): Content => ({
  sources: [{ file: 'a.yaml', directory: '.', text }],
  topology: topologyOf({}),
  keys: { services: [], previous: [], signing: [] },
});

describe('history keeps', () => {
  test('so many entries, the newest, and of their texts those that somebody needs', () => {
    const shelf = { files: createMemoryFiles('/s'), instance: 'one' };
    for (let generation = 1; generation <= 450; generation++)
      addEntry(shelf, draft(generation), content(`text ${generation % 7 === 0 ? 'again' : generation}`));
    const names = shelf.files.names(entriesIn(shelf));
    expect(names.length).toBeGreaterThanOrEqual(mostEntries);
    expect(names.length).toBeLessThanOrEqual(mostEntries + 20);
    expect(lastGeneration(shelf)).toBe(450);
    const { entries, unreadable } = readEntries(shelf);
    expect(unreadable).toEqual([]);
    expect(new Set(shelf.files.names(sourcesIn(shelf)))).toEqual(
      new Set(entries.flatMap(({ sources }) => sources.map(({ digest }) => digest))),
    );
    for (const entry of entries) expect(readContent(shelf, entry)).toBeDefined();
  });

  test('so many bytes, but always the last two', () => {
    const shelf = { files: createMemoryFiles('/s'), instance: 'one' };
    const sizes = new Map<string, number>();
    const { sizeOf } = shelf.files;
    // Texts that say they are bigger than they are: a gigabyte need not be written to be counted.
    Object.assign(shelf.files, { sizeOf: (path: string) => sizes.get('all') ?? sizeOf(path) });
    sizes.set('all', mostBytes / 4);
    for (let generation = 1; generation <= 10; generation++)
      addEntry(shelf, draft(generation), content(`text ${generation}`));
    expect(readEntries(shelf).entries.map(({ generation }) => generation)).toEqual([10, 9, 8, 7]);
    sizes.set('all', mostBytes * 2);
    addEntry(shelf, draft(11), content('text 11'));
    expect(readEntries(shelf).entries.map(({ generation }) => generation)).toEqual([11, 10]);
  });

  test('every text while an entry cannot be read, since it may need one', () => {
    const shelf = { files: createMemoryFiles('/s'), instance: 'one' };
    for (let generation = 1; generation <= 300; generation++) {
      addEntry(shelf, draft(generation), content(`text ${generation}`));
      if (generation === 250) shelf.files.write(`${entriesIn(shelf)}/0000000250-250.json`, '{');
    }
    expect(shelf.files.names(sourcesIn(shelf)).length).toBeGreaterThan(220);
    expect(findStaged(shelf, 300)).toBeDefined();
    expect(findStaged(shelf, 250)).toBeUndefined();
  });

  test('the last used plans', () => {
    const shelf = { files: createMemoryFiles('/s'), instance: 'one' };
    for (let generation = 1; generation <= 450; generation++) {
      markUsed(shelf, String(generation).padStart(9, '0'), generation);
      addEntry(shelf, draft(generation), content('the same'));
    }
    const plans = [...shelf.files.names('one/plans')].sort();
    expect(plans.length).toBeLessThan(230);
    expect(plans.at(-1)).toBe('000000450');
  });
});
