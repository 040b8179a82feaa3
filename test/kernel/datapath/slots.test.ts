// Slots on the real kernel: made, observed, made again, taken away; what is not ours on their paths.

import { existsSync, mkdirSync, readdirSync, rmdirSync, statSync, unlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openKernelDatapath } from '../../../src/datapath/kernel/open.ts';
import { openPin, pin, withDescriptor } from '../../../src/native/descriptors.ts';
import { KernelError, Refusal } from '../../../src/problem.ts';
import { preferredKind } from '../../support/hook-kinds.ts';
import { whyNoKernel } from '../../support/netns.ts';
import { learnedSizes } from '../../support/rows.ts';
import { asSet, type Fixture, loadForeign, meta, openFixture, spec, target, tunnelRows, upserts } from './fixtures.ts';

describe.skipIf(whyNoKernel())('slots', () => {
  let fixture: Fixture;
  let ifindex = 0;
  const path = (...names: string[]): string => join(fixture.place.bpffs, 'trueingress', ...names);
  beforeAll(() => {
    fixture = openFixture();
    ifindex = fixture.place.addInterface('eth0');
  });
  afterAll(() => fixture.close());

  it('observe › finds nothing and makes nothing where there is no instance', () => {
    const { datapath } = fixture;
    expect(datapath.observe('none')).toMatchObject({ exists: false, slots: {}, hooks: [], broken: [], problems: [] });
    expect(datapath.observe('none').learned).toBeUndefined();
    expect(datapath.instances()).toEqual([]);
    expect(existsSync(path())).toBe(false);
  });

  it('createSlot › pins a slot whole, with the sizes and constants asked for', () => {
    const { datapath } = fixture;
    const wanted = meta('one', 'a', { generation: 7n, instanceId: 42 });
    datapath.createSlot('one', 'a', spec(200), wanted);
    const { slots, learned, exists, problems } = fixture.reopen().observe('one');
    expect(exists).toBe(true);
    expect(problems).toEqual([]);
    expect(slots.b).toBeUndefined();
    expect(slots.a).toMatchObject({ name: 'a', meta: wanted, pinned: true, readable: true });
    expect(slots.a?.capacities).toEqual(spec(200).capacities);
    expect(learned?.capacities).toEqual(spec().learnedCapacities);
    expect(slots.a?.learnedIds).toEqual(learned?.ids);
    expect(readdirSync(path('one')).sort()).toEqual(['a', 'learned']);
    expect(datapath.instances()).toEqual(['one']);
  });

  it('createSlot › shares the learned maps between slots and ignores new sizes for them', () => {
    const { datapath } = fixture;
    const before = datapath.observe('one').learned;
    const other = learnedSizes(999, { counter: 9, event: 8192 });
    datapath.createSlot('one', 'b', spec(64, { learnedCapacities: other }), meta('one', 'b'));
    const { learned, slots } = datapath.observe('one');
    expect(learned).toEqual(before);
    expect(slots.b?.learnedIds).toEqual(slots.a?.learnedIds);
    expect(slots.b?.programs.ingress).not.toBe(slots.a?.programs.ingress);
  });

  it('createSlot › replaces the slot by an empty one', () => {
    const { datapath } = fixture;
    datapath.writeRows('one', 'b', 'tunnel', upserts(tunnelRows(5)));
    expect(datapath.readRows('one', 'b', 'tunnel').count).toBe(5);
    datapath.createSlot('one', 'b', spec(128), meta('one', 'b', { generation: 9n }));
    expect(datapath.observe('one').slots.b).toMatchObject({ meta: { generation: 9n }, capacities: { tunnel: 128 } });
    expect(datapath.readRows('one', 'b', 'tunnel').count).toBe(0);
  });

  it('createSlot › keeps the slot that was there when the kernel refuses the load', () => {
    const { datapath } = fixture;
    datapath.writeRows('one', 'b', 'tunnel', upserts(tunnelRows(5)));
    const before = datapath.observe('one');
    const impossible = spec(64, { capacities: { ...spec().capacities, nat: 0 } });
    expect(() => datapath.createSlot('one', 'b', impossible, meta('one', 'b'))).toThrow(KernelError);
    expect(datapath.observe('one')).toEqual(before);
    expect(asSet(datapath.readRows('one', 'b', 'tunnel'))).toEqual(asSet(tunnelRows(5)));
  });

  it('writeMeta › changes what observe says and nothing else', () => {
    const { datapath } = fixture;
    const before = datapath.observe('one');
    datapath.writeMeta('one', 'b', meta('one', 'b', { generation: 10n, state: 1 }));
    const after = datapath.observe('one');
    expect(after.slots.b?.meta).toMatchObject({ generation: 10n, state: 1 });
    expect(after.slots.b?.programs).toEqual(before.slots.b?.programs);
  });

  it('createSlot, discardSlot, writeRows, removeInstance › are refused for what a hook runs', () => {
    const { datapath } = fixture;
    datapath.attach('one', 'a', target(ifindex, 'eth0', 'ingress', preferredKind()));
    const busy = expect.objectContaining({ errnoName: 'EBUSY' });
    expect(() => datapath.createSlot('one', 'a', spec(), meta('one', 'a'))).toThrow(busy);
    expect(() => datapath.discardSlot('one', 'a')).toThrow(busy);
    expect(() => datapath.writeRows('one', 'a', 'tunnel', upserts(tunnelRows(1)))).toThrow(busy);
    expect(() => datapath.removeInstance('one')).toThrow(busy);
    const [hook] = datapath.observe('one').hooks;
    expect(hook).toMatchObject({
      slot: 'a',
      interfaceName: 'eth0',
      direction: 'ingress',
      kind: preferredKind(),
      ifindex,
    });
    if (hook) datapath.detach('one', hook);
  });

  it('discardSlot › takes the slot away and leaves the other and the learned maps', () => {
    const { datapath } = fixture;
    datapath.discardSlot('one', 'b');
    expect(readdirSync(path('one')).sort()).toEqual(['a', 'learned']);
    expect(datapath.observe('one').slots.a).toMatchObject({ pinned: true });
    datapath.discardSlot('one', 'b');
  });

  it('observe › calls a slot without META broken, and createSlot clears it away', () => {
    const { datapath } = fixture;
    mkdirSync(path('one', 'b'));
    withDescriptor(openPin(path('one', 'a', 'tunnel')), (fd) => pin(fd, path('one', 'b', 'tunnel')));
    expect(datapath.observe('one')).toMatchObject({ broken: ['b'], problems: [] });
    datapath.createSlot('one', 'b', spec(), meta('one', 'b'));
    expect(datapath.observe('one')).toMatchObject({ broken: [], slots: { b: { pinned: true } } });
    datapath.discardSlot('one', 'b');
    expect(existsSync(path('one', 'b'))).toBe(false);
  });

  it.each([
    ['an unknown directory', () => mkdirSync(path('one', 'mine')), 'one/mine'],
    [
      'an unknown name beside the learned maps',
      () => pinForeign(path('one', 'learned', 'stranger')),
      'one/learned/stranger',
    ],
    ['an unknown name in a slot', () => pinForeign(path('one', 'a', 'stranger')), 'one/a/stranger'],
    ['a directory in a pin’s place', () => mkdirSync(path('one', 'b', 'tunnel'), { recursive: true }), 'one/b/tunnel'],
  ])('observe › names %s and nothing is done until it is gone', (_what, put, named) => {
    const { datapath } = fixture;
    const before = datapath.observe('one').slots;
    put();
    const { problems, slots } = datapath.observe('one');
    expect(problems).toMatchObject([{ code: 'foreign-pin', message: expect.stringContaining(path(named)) }]);
    expect(slots.a).toEqual(before.a);
    expect(() => datapath.createSlot('one', 'b', spec(), meta('one', 'b'))).toThrow(Refusal);
    expect(() => datapath.removeInstance('one')).toThrow(Refusal);
    expect(existsSync(path(named))).toBe(true);
    removeForeign(path(named));
  });

  it('observe › refuses an instance of another network namespace, naming both', () => {
    const { datapath } = fixture;
    datapath.createSlot('far', 'a', spec(), meta('far', 'a', { netnsInode: 4026531999n }));
    const { problems } = datapath.observe('far');
    expect(problems).toMatchObject([{ code: 'instance-elsewhere', message: expect.stringContaining('4026531999') }]);
    expect(() => datapath.createSlot('far', 'b', spec(), meta('far', 'b'))).toThrow(Refusal);
    datapath.writeMeta('far', 'a', meta('far', 'a'));
    datapath.removeInstance('far');
  });

  it('observe › says of a slot with another layout version that it cannot be read', () => {
    const { datapath } = fixture;
    datapath.createSlot('old', 'a', spec(), meta('old', 'a', { layoutVersion: 999 }));
    expect(datapath.observe('old').slots.a).toMatchObject({ readable: true, ownLayout: false });
    datapath.removeInstance('old');
  });

  it('createSlot › says that the object is missing or of another build, and no more', () => {
    const { place } = fixture;
    const junk = join(place.runDirectory, 'junk.o');
    mkdirSync(place.runDirectory, { recursive: true });
    writeFileSync(junk, 'no object at all');
    const open = (objectPath: string) =>
      openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory, objectPath });
    const create = (objectPath: string) => () => open(objectPath).createSlot('none', 'a', spec(), meta('none', 'a'));
    expect(create('/nowhere.o')).toThrow(/missing: \/nowhere.o/);
    expect(create(junk)).toThrow(expect.objectContaining({ log: expect.stringContaining('not a proper ELF') }));
    expect(existsSync(path('none'))).toBe(false);
  });

  it('removeInstance › leaves nothing', () => {
    fixture.datapath.removeInstance('one');
    expect(existsSync(path())).toBe(false);
    expect(fixture.datapath.observe('one').exists).toBe(false);
  });
});

function pinForeign(at: string): void {
  const program = loadForeign();
  pin(program.fd, at);
  program.close();
}

function removeForeign(at: string): void {
  if (statSync(at).isDirectory()) rmdirSync(at);
  else unlinkSync(at);
  // What was made to hold it.
  if (at.endsWith('/b/tunnel')) rmdirSync(dirname(at));
}
