// Our programs on real hooks, TCX and clsact alike: put, exchanged, taken off, beside programs of others that must stay as
// they are (P8), and a second instance on the same interface.
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Hook, SlotName } from '../../../src/datapath/port.ts';
import { openMapById, openPin, programInfo, withDescriptor } from '../../../src/native/descriptors.ts';
import { bpfFilters, createFilter } from '../../../src/native/filters.ts';
import { tcxPrograms } from '../../../src/native/tcx.ts';
import { type Direction, directions } from '../../../src/topology/topology.ts';
import { hookKinds } from '../../support/hook-kinds.ts';
import { run, whyNoKernel } from '../../support/netns.ts';
import {
  addForeignFilter,
  attachForeignTcx,
  type Fixture,
  foreignState,
  loadForeign,
  meta,
  openFixture,
  spec,
  target,
} from './fixtures.ts';

describe.skipIf(whyNoKernel()).each(hookKinds())('hooks: %s', (kind) => {
  let fixture: Fixture;
  let ifindex = 0;
  const name = 'eth0';
  const on = (direction: Direction) => target(ifindex, name, direction, kind);
  const hooks = (): readonly Hook[] => fixture.datapath.observe('one').hooks;
  const hook = (direction: Direction): Hook => {
    const found = hooks().find((one) => one.direction === direction);
    if (!found) throw new Error(`nothing on ${direction}`);
    return found;
  };
  const running = (direction: Direction): number[] =>
    kind === 'tcx'
      ? (tcxPrograms(ifindex, direction) ?? [])
      : bpfFilters(ifindex, direction).map(({ programId }) => programId);
  const program = (slot: SlotName, direction: Direction): number =>
    fixture.datapath.observe('one').slots[slot]?.programs[direction] ?? 0;

  beforeAll(() => {
    fixture = openFixture();
    ifindex = fixture.place.addInterface(name);
    for (const slot of ['a', 'b'] as const) fixture.datapath.createSlot('one', slot, spec(), meta('one', slot));
  });
  afterAll(() => fixture.close());

  it('attach › puts the slot’s program where none of the instance is, once', () => {
    const { datapath } = fixture;
    for (const direction of directions) datapath.attach('one', 'a', on(direction));
    expect(hooks()).toEqual(
      directions.map((direction) => ({ ...on(direction), programId: program('a', direction), slot: 'a' })),
    );
    expect(() => datapath.attach('one', 'a', on('ingress'))).toThrow(expect.objectContaining({ errnoName: 'EEXIST' }));
    expect(() => datapath.attach('one', 'b', on('ingress'))).toThrow(expect.objectContaining({ errnoName: 'EEXIST' }));
    expect(running('ingress')).toEqual([program('a', 'ingress')]);
  });

  it('switchHook › exchanges exactly the program that it was told of', () => {
    const { datapath } = fixture;
    const old = hook('ingress');
    datapath.switchHook('one', 'b', old);
    expect(running('ingress')).toEqual([program('b', 'ingress')]);
    expect(hook('ingress')).toMatchObject({ slot: 'b' });
    expect(hook('egress')).toMatchObject({ slot: 'a' });
    expect(() => datapath.switchHook('one', 'b', old)).toThrow(/ENOENT|EEXIST/);
    expect(running('ingress')).toEqual([program('b', 'ingress')]);
    datapath.switchHook('one', 'a', hook('ingress'));
    expect(running('ingress')).toEqual([program('a', 'ingress')]);
  });

  it('detach › takes exactly that program off, and the hook stays usable', () => {
    const { datapath } = fixture;
    const old = hook('egress');
    datapath.detach('one', old);
    expect(running('egress')).toEqual([]);
    expect(() => datapath.detach('one', old)).toThrow(/ENOENT/);
    if (kind === 'clsact') expect(run('tc', 'qdisc', 'show', 'dev', name)).toContain('clsact');
    datapath.attach('one', 'a', on('egress'));
  });

  it('attach › refuses an interface that is not there', () => {
    const nowhere = { ...on('ingress'), ifindex: 9999, interfaceName: 'gone' };
    expect(() => fixture.datapath.attach('one', 'a', nowhere)).toThrow(
      expect.objectContaining({ errnoName: 'ENODEV' }),
    );
  });

  it('observe › shows each of two instances on one interface only its own (P8)', () => {
    const { datapath } = fixture;
    datapath.createSlot('two', 'a', spec(), meta('two', 'a'));
    datapath.attach('two', 'a', on('ingress'));
    const [other] = datapath.observe('two').hooks;
    expect(datapath.observe('two').hooks).toHaveLength(1);
    expect(hooks()).toHaveLength(2);
    expect(datapath.instances()).toEqual(['one', 'two']);
    datapath.switchHook('one', 'b', hook('ingress'));
    expect(datapath.observe('two').hooks).toEqual([other]);
    datapath.switchHook('one', 'a', hook('ingress'));
    if (other) datapath.detach('two', other);
    datapath.removeInstance('two');
    expect(running('ingress')).toEqual([program('a', 'ingress')]);
  });

  it('attach, switchHook, detach › leave programs and filters of others before and behind as they are (P8)', () => {
    const { datapath } = fixture;
    for (const direction of directions) datapath.detach('one', hook(direction));
    const before = putForeign('before');
    for (const direction of directions) datapath.attach('one', 'a', on(direction));
    const behind = putForeign('behind');
    const own = new Set(directions.flatMap((direction) => [program('a', direction), program('b', direction)]));
    const state = foreignState(ifindex, name, own);
    for (const direction of directions) {
      datapath.switchHook('one', 'b', hook(direction));
      expect(running(direction)).toEqual([before[direction], program('b', direction), behind[direction]]);
      expect(foreignState(ifindex, name, own)).toBe(state);
      datapath.switchHook('one', 'a', hook(direction));
      datapath.detach('one', hook(direction));
      expect(running(direction)).toEqual([before[direction], behind[direction]]);
      expect(foreignState(ifindex, name, own)).toBe(state);
      datapath.attach('one', 'a', on(direction));
    }
    datapath.repairPins('one', 'a');
    expect(foreignState(ifindex, name, own)).toBe(state);
  });

  it('a program on a hook › keeps every configured and learned map of its slot', () => {
    const ids = withDescriptor(openPin(pinOf('ingress')), (fd) => programInfo(fd).mapIds);
    expect(ids.length).toBeGreaterThanOrEqual(11);
    for (const id of ids) expect(openMap(id)).toBe(true);
  });

  const pinOf = (direction: Direction): string => `${fixture.place.bpffs}/trueingress/one/a/${direction}`;

  /** One foreign program on each hook, and beside them a filter and a TCX program of the other kind. */
  function putForeign(when: 'before' | 'behind'): Record<Direction, number> {
    const ids = { ingress: 0, egress: 0 };
    for (const direction of directions) {
      addForeignFilter(name, direction, when === 'before' ? 7 : 700);
      if (kind === 'tcx') ids[direction] = attachForeignTcx(ifindex, direction);
      else ids[direction] = attachForeignFilter(direction);
    }
    return ids;
  }

  function attachForeignFilter(direction: Direction): number {
    const foreign = loadForeign();
    createFilter(ifindex, direction, foreign.fd, 'foreign');
    foreign.close();
    return foreign.id;
  }
});

function openMap(id: number): boolean {
  const fd = openMapById(id);
  return fd !== undefined && withDescriptor(fd, () => true);
}
