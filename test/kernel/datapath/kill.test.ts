// createSlot killed at any of its calls: what is left is a whole slot or a broken one, never one that only looks whole, and
// the next createSlot settles it. strace kills the process at its nth bpf() or mkdir.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { run, whyNoKernel } from '../../support/netns.ts';
import { bundleChild, type Child } from '../native/bundle.ts';
import { asSet, type Fixture, meta, openFixture, spec, tunnelRows, upserts } from './fixtures.ts';

describe.skipIf(whyNoKernel())('a killed createSlot', () => {
  let fixture: Fixture;
  let bundle: Child;
  let child = '';
  beforeAll(() => {
    fixture = openFixture();
    bundle = bundleChild(join(import.meta.dirname, 'create-child.ts'));
    child = bundle.path;
  });
  afterAll(() => {
    bundle.remove();
    fixture.close();
  });

  /** Whether the child was killed; false: it had ended before its nth call. */
  function createKilledAt(call: 'bpf' | 'unlink' | 'mkdir', when: number): boolean {
    const { bpffs, runDirectory } = fixture.place;
    const inject = `--inject=${call}:signal=KILL:when=${when}`;
    const parameters = ['-f', '-qqq', '-o', '/dev/null', '-e', `trace=${call}`, inject];
    const { signal, status, stderr } = spawnSync('strace', [
      ...parameters,
      process.execPath,
      child,
      bpffs,
      runDirectory,
    ]);
    if (signal !== 'SIGKILL' && status !== 0) throw new Error(String(stderr));
    return signal === 'SIGKILL';
  }

  it('createSlot › leaves a whole slot or a broken one, wherever it dies (P6)', () => {
    const { datapath, place } = fixture;
    datapath.createSlot('one', 'a', spec(), meta('one', 'a'));
    datapath.writeRows('one', 'a', 'tunnel', upserts(tunnelRows(3)));
    datapath.createSlot('one', 'b', spec(), meta('one', 'b', { generation: 1n }));
    const live = datapath.observe('one').slots.a;
    const found = { old: 0, new: 0, broken: 0, none: 0 };
    const total = bpfCalls(place.bpffs, place.runDirectory, child);
    datapath.createSlot('one', 'b', spec(), meta('one', 'b', { generation: 1n }));
    // The last calls are the pins; some of the earlier ones load.
    const kills = [
      ...[total - 60, total - 40, total - 20].map((when) => ['bpf', when] as const),
      ...Array.from({ length: 12 }, (_, i) => ['bpf', total - i] as const),
      ...[1, 5, 9].map((when) => ['unlink', when] as const),
    ];
    for (const [call, when] of kills) {
      if (!createKilledAt(call, when)) continue;
      const seen = fixture.reopen().observe('one');
      expect(seen.slots.a).toEqual(live);
      expect(seen.problems).toEqual([]);
      const generation = seen.slots.b?.meta.generation;
      if (generation !== undefined) {
        expect(seen.slots.b).toMatchObject({ pinned: true, readable: true });
        found[generation === 2n ? 'new' : 'old'] += 1;
      } else found[seen.broken.includes('b') ? 'broken' : 'none'] += 1;
      datapath.createSlot('one', 'b', spec(), meta('one', 'b', { generation: 1n }));
      expect(datapath.observe('one')).toMatchObject({ broken: [], slots: { b: { pinned: true, readable: true } } });
    }
    console.info(`killed createSlot: ${JSON.stringify(found)} of ${kills.length}`);
    expect(found.broken).toBeGreaterThan(5);
    expect(found.old).toBeGreaterThan(0);
    expect(asSet(datapath.readRows('one', 'a', 'tunnel'))).toEqual(asSet(tunnelRows(3)));
  });

  it('discardSlot › clears away what a killed createSlot left', () => {
    const { datapath, place } = fixture;
    datapath.discardSlot('one', 'b');
    const total = bpfCalls(place.bpffs, place.runDirectory, child);
    datapath.discardSlot('one', 'b');
    expect(createKilledAt('bpf', total - 3)).toBe(true);
    expect(datapath.observe('one').broken).toEqual(['b']);
    datapath.discardSlot('one', 'b');
    expect(datapath.observe('one')).toMatchObject({ broken: [], problems: [], slots: { a: { pinned: true } } });
  });
});

/** How many bpf() calls an undisturbed child makes. It leaves slot b made. */
function bpfCalls(bpffs: string, runDirectory: string, child: string): number {
  const log = join(runDirectory, 'strace');
  mkdirSync(runDirectory, { recursive: true });
  run('strace', '-f', '-qqq', '-o', log, '-e', 'trace=bpf', process.execPath, child, bpffs, runDirectory);
  const lines = run('grep', '-c', 'bpf(', log);
  rmSync(log);
  return Number(lines);
}
