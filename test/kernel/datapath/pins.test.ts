// Pins lost, exchanged or unmounted while programs run: the hooks lead to everything, and repairPins puts it back.
import { readdirSync, renameSync, rmdirSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { learnedTables, slotMaps } from '../../../src/datapath/kernel/names.ts';
import { ensureBpffs, unmount } from '../../../src/native/bpffs.ts';
import { directions } from '../../../src/topology/topology.ts';
import { hookKinds } from '../../support/hook-kinds.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { asSet, type Fixture, meta, openFixture, spec, target, tunnelRows, upserts } from './fixtures.ts';

describe.skipIf(whyNoKernel()).each(hookKinds())('pins: %s', (kind) => {
  let fixture: Fixture;
  const path = (...names: string[]): string => join(fixture.place.bpffs, 'trueingress', 'one', ...names);
  beforeAll(() => {
    fixture = openFixture();
    const { datapath, place } = fixture;
    const ifindex = place.addInterface('eth0');
    datapath.createSlot('one', 'a', spec(), meta('one', 'a', { generation: 1n }));
    datapath.writeRows('one', 'a', 'tunnel', upserts(tunnelRows(3)));
    for (const direction of directions) datapath.attach('one', 'a', target(ifindex, 'eth0', direction, kind));
  });
  afterAll(() => fixture.close());

  it('observe, repairPins › mend a slot and learned maps of which some pins are gone', () => {
    const { datapath } = fixture;
    const before = datapath.observe('one');
    for (const gone of [path('a', 'nat'), path('a', 'meta'), path('a', 'egress'), path('learned', 'peer')])
      unlinkSync(gone);
    const during = datapath.observe('one');
    const missingPins = ['a/nat', 'a/meta', 'a/egress', 'learned/peer'];
    expect(during).toEqual({ ...before, missingPins, slots: { a: { ...before.slots.a, pinned: false } } });
    datapath.repairPins('one', 'a');
    expect(datapath.observe('one')).toEqual(before);
  });

  it('observe › finds everything through the hooks when the BPF file system was unmounted', () => {
    const { place } = fixture;
    const before = fixture.datapath.observe('one');
    unmount(place.bpffs);
    ensureBpffs(place.bpffs);
    const datapath = fixture.reopen();
    expect(datapath.instances()).toEqual(['one']);
    const found = datapath.observe('one');
    expect(found.missingPins).toHaveLength(slotMaps.length + directions.length + learnedTables.length);
    const { missingPins } = found;
    expect(found).toEqual({ ...before, missingPins, slots: { a: { ...before.slots.a, pinned: false } } });
    expect(asSet(datapath.readRows('one', 'a', 'tunnel'))).toEqual(asSet(tunnelRows(3)));
    datapath.repairPins('one', 'a');
    expect(datapath.observe('one')).toEqual(before);
    expect(readdirSync(path()).sort()).toEqual(['a', 'learned']);
  });

  it('createSlot › finds the learned maps through the hooks and pins them again', () => {
    const { datapath, place } = fixture;
    const before = datapath.observe('one').learned;
    unmount(place.bpffs);
    ensureBpffs(place.bpffs);
    datapath.createSlot('one', 'b', spec(), meta('one', 'b', { generation: 2n }));
    expect(datapath.observe('one')).toMatchObject({
      learned: before,
      slots: { a: { pinned: false }, b: { pinned: true } },
    });
    datapath.repairPins('one', 'a');
  });

  it('observe › believes the hook where a pin says otherwise, and repairPins makes the pin say the same', () => {
    const { datapath } = fixture;
    const before = datapath.observe('one');
    // As if somebody had copied b's pins over a's.
    renameSync(path('a'), path('learned', '..', 'kept'));
    renameSync(path('b'), path('a'));
    expect(datapath.observe('one')).toMatchObject({
      slots: { a: { programs: before.slots.a?.programs, meta: { generation: 1n }, pinned: false } },
      problems: [{ code: 'foreign-pin' }],
    });
    for (const name of readdirSync(path('kept'))) unlinkSync(path('kept', name));
    rmdirSync(path('kept'));
    datapath.repairPins('one', 'a');
    expect(datapath.observe('one')).toMatchObject({ slots: { a: before.slots.a }, broken: [], problems: [] });
    expect(datapath.observe('one').slots.b).toBeUndefined();
  });

  it('observe › takes pins of two generations for a broken slot when no hook runs it', () => {
    const { datapath, place } = fixture;
    const older = join(place.bpffs, 'older');
    datapath.createSlot('one', 'b', spec(), meta('one', 'b'));
    renameSync(path('b', 'tunnel'), older);
    datapath.createSlot('one', 'b', spec(), meta('one', 'b'));
    unlinkSync(path('b', 'tunnel'));
    renameSync(older, path('b', 'tunnel'));
    expect(datapath.observe('one')).toMatchObject({ broken: ['b'], slots: { a: { pinned: true } } });
    datapath.discardSlot('one', 'b');
    expect(datapath.observe('one').broken).toEqual([]);
  });
});
