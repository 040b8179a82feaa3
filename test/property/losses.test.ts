// What others do to us: pins lost, hooks taken off, rows edited, interfaces gone and back. The kernel is the only memory, so the next
// apply finds what is left and brings the rest back; nothing of it is ever a reason to be stuck.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { ownAttachments } from '../../src/datapath/memory/find.ts';
import { foreignThings } from '../../src/datapath/memory/foreign.ts';
import { removeInterface } from '../../src/datapath/memory/hooks.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import { isEmptyPlan } from '../../src/reconcile/plan.ts';
import { readStatus } from '../../src/reconcile/status.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { anyTopology, topologyPair } from '../support/arbitrary.ts';
import { applyOn, applyUnlessKilled, contentOf, liveContents, makeWorld, prepareOn } from '../support/memory.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';

/** Each pin and each hook of ours is lost or kept as the dice say. */
function lose(world: MemoryWorld, pins: readonly boolean[], hooks: readonly boolean[], below = ''): void {
  const own = [...world.pins.keys()].filter((path) => path.startsWith(`${instance}/${below}`)).sort();
  own.forEach((path, at) => {
    if (pins[at % pins.length]) world.pins.delete(path);
  });
  ownAttachments(world, instance).forEach((one, at) => {
    if (hooks[at % hooks.length]) world.attachments.splice(world.attachments.indexOf(one), 1);
  });
}

function expectConverges(world: MemoryWorld, topology: Topology): void {
  const { outcome } = applyOn(world, topology);
  expect(outcome).toMatchObject({ problems: [], result: expect.stringMatching(/^(applied|unchanged)$/) });
  const { plan, datapath } = prepareOn(world, topology);
  expect([isEmptyPlan(plan), plan.objects]).toEqual([true, []]);
  const wanted = JSON.stringify(contentOf(plan.desired));
  for (const { content } of liveContents(world, instance)) expect(JSON.stringify(content)).toBe(wanted);
  expect(readStatus(datapath, datapath.observe(instance), 0n)).toMatchObject({ converged: true, drift: undefined });
}

const dice = fc.array(fc.boolean(), { minLength: 1, maxLength: 37 });

describe('the next apply', () => {
  test('brings back whatever pins and hooks were lost, and what others have is as it was', () => {
    fc.assert(
      fc.property(topologyPair, dice, dice, ([a, b], pins, hooks) => {
        const world = makeWorld();
        applyOn(world, a);
        applyOn(world, b);
        const foreign = foreignThings(world, instance);
        lose(world, pins, hooks);
        expectConverges(world, b);
        expect(foreignThings(world, instance)).toEqual(foreign);
      }),
      tries(60),
    );
  });

  test('brings back what was lost after a run that was killed half-way', () => {
    fc.assert(
      // Not of both slots: two generations that hooks run half of each have no whole one to go back to.
      fc.property(topologyPair, fc.nat(60), dice, fc.constantFrom('a', 'b'), ([a, b], at, pins, slot) => {
        const world = makeWorld();
        applyOn(world, a);
        applyUnlessKilled(world, b, { faults: [{ at: at + 1, outcome: 'kill' }] });
        lose(world, pins, [false], slot);
        expectConverges(world, b);
      }),
      tries(60),
    );
  });

  test('brings back rows that were edited by hand', () => {
    fc.assert(
      fc.property(anyTopology, fc.nat(), fc.nat(), fc.boolean(), (topology, which, byte, removes) => {
        const world = makeWorld();
        applyOn(world, topology);
        const [live] = ownAttachments(world, instance);
        const maps = Object.values(live?.program.load.maps ?? {}).filter(({ entries }) => entries.size > 0);
        const entries = maps[which % maps.length]?.entries;
        const [name, entry] = [...(entries ?? [])][0] ?? [];
        if (!entries || name === undefined || !entry) throw new Error('no row to edit');
        if (removes) entries.delete(name);
        else entries.set(name, { key: entry.key, value: entry.value.with(byte % entry.value.length, 0xa5) });
        const datapath = openMemoryDatapath(world);
        const { drift } = readStatus(datapath, datapath.observe(instance), 0n);
        expect(drift).toBeDefined();
        expectConverges(world, topology);
      }),
      tries(60),
    );
  });

  test('attaches an interface again that was gone and came back with another index', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const world = makeWorld();
        applyOn(world, topology);
        const gone = world.interfaces.find(({ name }) => name === topology.interfaces[0]?.name);
        if (!gone) throw new Error('no interface');
        removeInterface(world, gone.ifindex);
        world.interfaces.push({ ...gone, ifindex: 77 });
        expectConverges(world, topology);
      }),
      tries(60),
    );
  });
});
