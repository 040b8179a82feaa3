// Rows in and out of real maps: all kinds of change, what the kernel refuses, and 100,000 of them.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { configuredTables, rowSize } from '../../../src/datapath/kernel/names.ts';
import { emptyRows } from '../../../src/tables/rows.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { patience } from '../../support/patience.ts';
import { asSet, deletions, type Fixture, meta, openFixture, spec, tunnelRows, upserts } from './fixtures.ts';

describe.skipIf(whyNoKernel())('rows', () => {
  let fixture: Fixture;
  beforeAll(() => {
    fixture = openFixture();
    fixture.datapath.createSlot('one', 'a', spec(64), meta('one', 'a'));
  });
  afterAll(() => fixture.close());

  it('readRows › gives each table empty, with this build’s sizes', () => {
    for (const table of configuredTables) {
      const { key, value } = rowSize(table);
      expect(fixture.datapath.readRows('one', 'a', table)).toMatchObject({ count: 0, keySize: key, valueSize: value });
    }
  });

  it('writeRows › creates, overwrites and deletes', () => {
    const { datapath } = fixture;
    const read = () => asSet(datapath.readRows('one', 'a', 'tunnel'));
    datapath.writeRows('one', 'a', 'tunnel', upserts(tunnelRows(10)));
    expect(read()).toEqual(asSet(tunnelRows(10)));
    datapath.writeRows('one', 'a', 'tunnel', upserts(tunnelRows(4, 1, 5)));
    expect(read()).toEqual(new Set([...asSet(tunnelRows(4, 1, 5)), ...asSet(tunnelRows(6, 5))]));
    datapath.writeRows('one', 'a', 'tunnel', { ...deletions(tunnelRows(9)), upserts: tunnelRows(2, 20) });
    expect(read()).toEqual(new Set([...asSet(tunnelRows(1, 10)), ...asSet(tunnelRows(2, 20))]));
    datapath.writeRows('one', 'a', 'tunnel', upserts(emptyRows(4, 72)));
    expect(read().size).toBe(3);
    datapath.writeRows('one', 'a', 'tunnel', deletions(datapath.readRows('one', 'a', 'tunnel')));
  });

  it('writeRows › refuses a full map, a key that is not there, and rows of other sizes', () => {
    const { datapath } = fixture;
    const write = (change: Parameters<typeof datapath.writeRows>[3]) => () =>
      datapath.writeRows('one', 'a', 'tunnel', change);
    expect(write(upserts(tunnelRows(65)))).toThrow(expect.objectContaining({ errnoName: 'E2BIG', about: 'tunnel' }));
    expect(datapath.readRows('one', 'a', 'tunnel').count).toBe(64);
    expect(write(deletions(tunnelRows(2, 64)))).toThrow(expect.objectContaining({ errnoName: 'ENOENT' }));
    expect(datapath.readRows('one', 'a', 'tunnel').count).toBe(63);
    expect(write({ ...deletions(tunnelRows(1)), deletions: new Uint8Array(3) })).toThrow(RangeError);
    expect(write(upserts({ ...tunnelRows(2), count: 3 }))).toThrow(RangeError);
  });

  it('readRows, writeRows › refuse a slot that is not there', () => {
    const missing = expect.objectContaining({ errnoName: 'ENOENT' });
    expect(() => fixture.datapath.readRows('one', 'b', 'tunnel')).toThrow(missing);
    expect(() => fixture.datapath.writeRows('none', 'a', 'tunnel', upserts(tunnelRows(1)))).toThrow(missing);
  });

  it('writeRows, readRows › take 100,000 rows in well under a second of CPU time', () => {
    const { datapath } = fixture;
    const count = 100_000;
    datapath.createSlot('big', 'a', spec(131_072), meta('big', 'a'));
    const rows = tunnelRows(count);
    const written = timed(() => datapath.writeRows('big', 'a', 'tunnel', upserts(rows)));
    const read = timed(() => datapath.readRows('big', 'a', 'tunnel'));
    expect(read.result.count).toBe(count);
    expect(asSet(read.result)).toEqual(asSet(rows));
    const deleted = timed(() => datapath.writeRows('big', 'a', 'tunnel', deletions(rows)));
    expect(datapath.readRows('big', 'a', 'tunnel').count).toBe(0);
    console.info(`100,000 rows: written ${written.ms} ms, read ${read.ms} ms, deleted ${deleted.ms} ms`);
    expect(written.ms + read.ms + deleted.ms).toBeLessThan(1000 * patience);
    datapath.removeInstance('big');
  });
});

function timed<T>(work: () => T): { readonly ms: number; readonly result: T } {
  // What others do on this machine meanwhile does not count.
  const start = process.cpuUsage();
  const result = work();
  const { user, system } = process.cpuUsage(start);
  return { result, ms: Math.round((user + system) / 1000) };
}
