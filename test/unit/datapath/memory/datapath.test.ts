// What a memory world does that a kernel does: the differential test holds it to a real one, these rows say it in words.

import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../../src/datapath/memory/datapath.ts';
import { foreignThings, pinForeign } from '../../../../src/datapath/memory/foreign.ts';
import { hookLines, removeInterface } from '../../../../src/datapath/memory/hooks.ts';
import type { HookTarget, LoadSpec } from '../../../../src/datapath/port.ts';
import { layoutVersion, type Meta, metaMagic, metaStates } from '../../../../src/tables/meta.ts';
import { makeWorld } from '../../../support/memory.ts';
import { configuredSizes, learnedSizes } from '../../../support/rows.ts';

const instance = 'epic-1';
const eth0: HookTarget = { ifindex: 2, interfaceName: 'eth0', direction: 'ingress', kind: 'tcx' };
const spec: LoadSpec = {
  role: 1,
  ingressFeatures: 1,
  egressFeatures: 1,
  topologyFeatures: 0,
  capacities: configuredSizes(4),
  learnedCapacities: learnedSizes(4),
};

function metaFor(slot: 'a' | 'b', generation: bigint, changes: Partial<Meta> = {}): Meta {
  const digest = new Uint8Array(32);
  return {
    generation,
    timeNs: 0n,
    netnsInode: makeWorld().netnsInode,
    activation: 0n,
    magic: metaMagic,
    layoutVersion,
    state: metaStates.staging,
    role: 1,
    features: 0,
    instanceId: 0,
    instance,
    slot,
    topologyFeatures: 0,
    rowsDigest: digest,
    buildDigest: digest,
    sourceDigest: digest,
    ...changes,
  };
}

function withSlot(slot: 'a' | 'b' = 'a', changes: Partial<Meta> = {}) {
  const world = makeWorld();
  const datapath = openMemoryDatapath(world);
  datapath.createSlot(instance, slot, spec, metaFor(slot, 1n, changes));
  return { world, datapath };
}

const refusal = (errnoName: string) => expect.objectContaining({ errnoName });

describe('a slot', () => {
  test('is broken without META, and whole again when it is made again', () => {
    const { world, datapath } = withSlot();
    world.pins.delete(`${instance}/a/meta`);
    expect(datapath.observe(instance)).toMatchObject({ exists: true, slots: {}, broken: ['a'] });
    datapath.createSlot(instance, 'a', spec, metaFor('a', 2n));
    expect(datapath.observe(instance)).toMatchObject({ slots: { a: { pinned: true } }, broken: [] });
  });

  test('that a hook runs is found without any pin, and pinned again', () => {
    const { world, datapath } = withSlot();
    datapath.attach(instance, 'a', eth0);
    for (const path of [...world.pins.keys()]) if (path.startsWith(instance)) world.pins.delete(path);
    expect(datapath.instances()).toContain(instance);
    const { slots, hooks, learned } = datapath.observe(instance);
    expect([slots.a?.pinned, slots.a?.programs.egress, hooks[0]?.slot]).toEqual([false, 0, 'a']);
    expect(learned).toBeDefined();
    datapath.repairPins(instance, 'a');
    // The egress program was on no hook: with its pin it is gone, and the slot stays incomplete.
    expect(world.pins.has(`${instance}/a/tunnel`)).toBe(true);
    expect(datapath.observe(instance).slots.a?.pinned).toBe(false);
  });

  test('that a hook runs is neither written, nor made anew, nor discarded', () => {
    const { datapath } = withSlot();
    datapath.attach(instance, 'a', eth0);
    const rows = datapath.readRows(instance, 'a', 'tunnel');
    const calls = [
      () => datapath.writeRows(instance, 'a', 'tunnel', { upserts: rows, deletions: new Uint8Array(0) }),
      () => datapath.createSlot(instance, 'a', spec, metaFor('a', 2n)),
      () => datapath.discardSlot(instance, 'a'),
      () => datapath.removeInstance(instance),
    ];
    for (const call of calls) expect(call).toThrow(refusal('EBUSY'));
  });

  test('of another layout is readable and not of our own', () => {
    const { datapath } = withSlot('a', { layoutVersion: layoutVersion + 1 });
    expect(datapath.observe(instance).slots.a).toMatchObject({ readable: true, ownLayout: false });
  });

  test('keeps the learned maps of the instance when it is made anew', () => {
    const { datapath } = withSlot();
    const { learned } = datapath.observe(instance);
    datapath.createSlot(
      instance,
      'b',
      { ...spec, learnedCapacities: { ...spec.learnedCapacities, peer: 9 } },
      metaFor('b', 2n),
    );
    const after = datapath.observe(instance);
    expect(after.learned).toEqual(learned);
    expect(after.slots.b?.learnedIds).toEqual(learned?.ids);
  });
});

describe('a hook', () => {
  test('takes one program of an instance of each kind', () => {
    const { datapath } = withSlot();
    datapath.attach(instance, 'a', eth0);
    expect(() => datapath.attach(instance, 'a', eth0)).toThrow(refusal('EEXIST'));
    datapath.attach(instance, 'a', { ...eth0, kind: 'clsact' });
    expect(datapath.observe(instance).hooks.map(({ kind }) => kind)).toEqual(['tcx', 'clsact']);
  });

  test('is switched from exactly the program that was seen, in its place', () => {
    const { world, datapath } = withSlot();
    datapath.createSlot(instance, 'b', spec, metaFor('b', 2n));
    datapath.attach(instance, 'a', eth0);
    const [seen] = datapath.observe(instance).hooks;
    if (!seen) throw new Error('nothing is attached');
    const place = hookLines(world).indexOf('2 ingress tcx 1');
    datapath.switchHook(instance, 'b', seen);
    expect(hookLines(world)[place]).toBe('2 ingress tcx 2');
    expect(() => datapath.switchHook(instance, 'a', { ...seen, programId: 9999 })).toThrow(refusal('ENOENT'));
    expect(() => datapath.detach(instance, seen)).toThrow(refusal('ENOENT'));
  });

  test('needs an interface, and TCX a kernel that has it', () => {
    const { world, datapath } = withSlot();
    expect(() => datapath.attach(instance, 'a', { ...eth0, ifindex: 9999 })).toThrow(refusal('ENODEV'));
    const old = openMemoryDatapath(Object.assign(makeWorld({ tcx: false }), { pins: world.pins }));
    expect(() => old.attach(instance, 'a', eth0)).toThrow(refusal('EINVAL'));
  });

  test('goes with its interface', () => {
    const { world, datapath } = withSlot();
    datapath.attach(instance, 'a', eth0);
    removeInterface(world, 2);
    expect(datapath.observe(instance)).toMatchObject({ hooks: [], slots: { a: { pinned: true } } });
  });

  test('on clsact takes a priority that nobody has', () => {
    const { world, datapath } = withSlot();
    const others = foreignThings(world, instance);
    datapath.attach(instance, 'a', { ...eth0, kind: 'clsact' });
    expect(world.attachments.filter(({ ifindex }) => ifindex === 2).map(({ filter }) => filter)).toEqual([
      '1:1',
      '2:1',
    ]);
    expect(foreignThings(world, instance)).toEqual(others);
  });
});

describe('an instance', () => {
  test('of another network namespace is named, and its hooks are not seen', () => {
    const { world, datapath } = withSlot();
    datapath.attach(instance, 'a', eth0);
    const elsewhere = openMemoryDatapath(world, { netnsInode: 7n }).observe(instance);
    expect(elsewhere.problems.map(({ code }) => code)).toEqual(['instance-elsewhere']);
    expect([elsewhere.hooks, elsewhere.exists]).toEqual([[], true]);
  });

  test('with something of others on its paths is left alone', () => {
    const { world, datapath } = withSlot();
    pinForeign(world, `${instance}/b/tunnel`);
    expect(datapath.observe(instance).problems.map(({ code }) => code)).toEqual(['foreign-pin']);
    for (const call of [
      () => datapath.createSlot(instance, 'b', spec, metaFor('b', 2n)),
      () => datapath.discardSlot(instance, 'a'),
      () => datapath.removeInstance(instance),
    ])
      expect(call).toThrow(expect.objectContaining({ problem: expect.objectContaining({ code: 'foreign-pin' }) }));
  });
});
