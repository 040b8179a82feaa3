// What is read from disk may be anything: it is what was written, or it is not taken, and nothing throws.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { formatEntry, namedEntry, parseEntry } from '../../../src/history/entry.ts';
import { type Pending, parsePending, readPending, writePending } from '../../../src/history/pending.ts';
import { parsePlanFile } from '../../../src/history/plan-file.ts';
import { createMemoryFiles } from '../../support/private-files.ts';

const by = { user: 'root', sudoUser: '', sshClient: '', parent: 'sh' };
const waiting: Pending = {
  state: 'waiting',
  id: 'a1',
  instance: 'one',
  generation: 7,
  before: {
    slot: 'a',
    generation: 6,
    hooks: [{ ifindex: 2, interfaceName: 'eth0', direction: 'egress', kind: 'tcx' }],
  },
  gone: { tunnels: [1], counters: [2, 3] },
  heard: [101],
  withinMs: 120_000,
  deadlineNs: 2n ** 60n,
  until: '2026-01-01T00:00:00.000Z',
  switchedNs: 5n,
  isLive: true,
  bootId: 'boot',
  timer: 'process 1',
  probe: { kind: 'command', command: 'true' },
  by,
};
const settled: Pending = {
  state: 'settled',
  id: 'a1',
  instance: 'one',
  generation: 7,
  ending: 'expired',
  runs: 6,
  time: '2026-01-01T00:00:00.000Z',
  reason: '',
  bootId: 'boot',
};
const draft = {
  generation: 7,
  kind: 'apply',
  of: undefined,
  time: '2026-01-01T00:00:00.000Z',
  by,
  byDaemon: true,
  result: 'applied',
  counts: { add: 1, change: 0, delete: 0 },
  summary: '',
  sources: [{ file: 'a.yaml', directory: '.', digest: 'ab'.repeat(32) }],
  sourceDigest: 'cd'.repeat(32),
  buildDigest: 'ef'.repeat(32),
  commit: { id: '0123', dirty: true },
  planId: undefined,
  confirmWithinMs: 5,
  policy: 'upsert-only',
} as const;
const named = { name: '0000000003-7.json', number: 3, generation: 7 };

/** A text with a few characters changed, cut or put in. */
const spoiled = (text: string) =>
  fc
    .array(fc.tuple(fc.nat(text.length), fc.constantFrom('', '0', '"', '{', '-', 'x', '\n')), {
      minLength: 1,
      maxLength: 4,
    })
    .map((edits) => edits.reduce((now, [at, put]) => now.slice(0, at) + put + now.slice(at + 1), text));

describe('an entry', () => {
  test('is read as it was written', () => {
    expect(parseEntry(formatEntry(draft), named)).toEqual({ number: 3, ...draft });
    expect(namedEntry('0000000003-7.json')).toEqual(named);
    for (const name of ['3-7.json', '0000000003-7.json.tmp', '0000000003.json', 'x', '0000000003--7.json'])
      expect(namedEntry(name)).toBeUndefined();
  });

  test("that says nothing of a daemon, as those of earlier versions, is read as a person's", () => {
    const { byDaemon: _, ...before } = draft;
    const read = parseEntry(JSON.stringify({ formatVersion: 1, ...before }), named);
    expect(read).toEqual({ number: 3, ...draft, byDaemon: false });
  });

  test('of another generation than its name says is not taken', () => {
    expect(parseEntry(formatEntry(draft), { ...named, generation: 8 })).toBeUndefined();
  });

  test('never names a text outside of its directory', () => {
    const text = formatEntry({ ...draft, sources: [{ ...draft.sources[0], digest: '../../etc/shadow' }] });
    expect(parseEntry(text, named)?.sources[0]?.digest).toBe('');
  });

  test('that was spoiled is read or not, and throws nothing', () => {
    fc.assert(
      fc.property(
        fc.oneof(fc.string(), fc.json(), spoiled(formatEntry(draft))),
        (text) => void parseEntry(text, named),
      ),
    );
  });
});

describe('what waits', () => {
  test.each([waiting, settled])('is read as it was written', (pending) => {
    const files = createMemoryFiles('/run');
    writePending(files, pending);
    expect(readPending(files, 'one', 'boot')).toEqual(pending);
    expect(readPending(files, 'one', 'another')).toBeUndefined();
    expect(readPending(files, 'two', 'boot')).toBeUndefined();
  });

  test('that was spoiled is read or not, and throws nothing', () => {
    const files = createMemoryFiles('/run');
    writePending(files, waiting);
    const text = files.content.get('one.confirm')?.toString() ?? '';
    fc.assert(fc.property(fc.oneof(fc.string(), fc.json(), spoiled(text)), (one) => void parsePending(one)));
  });
});

test('P16: any text as a saved plan gives a problem with a place', () => {
  fc.assert(
    fc.property(
      fc.oneof(
        fc.string(),
        fc.json(),
        fc.json().map((one) => `{"kind": "SavedPlan", "x": ${one}}`),
      ),
      (text) => {
        const read = parsePlanFile(text, 'plan.json');
        expect(read).toMatchObject({ code: 'plan-file', place: { file: 'plan.json' } });
      },
    ),
  );
});
