// P6 and P7: an apply that is killed, or refused by the kernel, at every single step. Whatever the step, each hook runs
// wholly what it ran before or wholly what was asked for, and the next run brings the rest about.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { type MemoryDatapath, openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { type ErrnoName, errnos, type FaultPlan, Killed } from '../../src/datapath/memory/faults.ts';
import { foreignThings } from '../../src/datapath/memory/foreign.ts';
import { hookLines } from '../../src/datapath/memory/hooks.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Observation } from '../../src/datapath/port.ts';
import { KernelError } from '../../src/problem.ts';
import type { Outcome } from '../../src/reconcile/apply.ts';
import { isEmptyPlan, type Plan } from '../../src/reconcile/plan.ts';
import { remove } from '../../src/reconcile/remove.ts';
import { planRevert, revert } from '../../src/reconcile/revert.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { topologyPair } from '../support/arbitrary.ts';
import {
  applyOn,
  applyUnlessKilled,
  cloneWorld,
  contentOf,
  execute,
  liveContents,
  makeWorld,
  prepareOn,
} from '../support/memory.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';
const runs = tries(18);

interface Scene {
  /** Before the run that goes wrong. */
  readonly world: MemoryWorld;
  readonly wanted: Topology;
  /** What each hook ran before, as text. */
  readonly before: ReadonlyMap<string, string>;
  readonly after: string;
  readonly foreign: readonly string[];
  /** Steps of a run where nothing goes wrong. */
  readonly steps: number;
}

interface Setting {
  readonly pair: readonly [Topology, Topology];
  readonly tcx: boolean;
  /** Nothing was applied before. */
  readonly fresh: boolean;
}

const setting: fc.Arbitrary<Setting> = fc.record({ pair: topologyPair, tcx: fc.boolean(), fresh: fc.boolean() });

/** The first topology is applied, the second is about to be; or nothing is there yet. */
function sceneOf({ pair: [a, b], tcx, fresh }: Setting): Scene {
  const world = makeWorld({ tcx });
  if (!fresh) applyOn(world, a);
  return {
    world,
    wanted: b,
    before: liveTexts(world),
    after: JSON.stringify(contentOf(prepareOn(cloneWorld(world), b).plan.desired)),
    foreign: foreignThings(world, instance),
    steps: applyOn(cloneWorld(world), b).datapath.log.length,
  };
}

function liveTexts(world: MemoryWorld): Map<string, string> {
  return new Map(liveContents(world, instance).map(({ hook, content }) => [hook, JSON.stringify(content)]));
}

/** Each hook runs what it ran or what was asked for; one that ran something has not been left without. */
function expectWhole(world: MemoryWorld, { before, after, wanted }: Scene): void {
  const now = liveTexts(world);
  for (const [hook, content] of now) expect([before.get(hook), after]).toContain(content);
  const named = new Set(wanted.interfaces.map(({ name }) => name));
  for (const hook of before.keys()) {
    const name = world.interfaces.find(({ ifindex }) => hook.startsWith(`${ifindex} `))?.name ?? '';
    if (named.has(name)) expect([...now.keys()]).toContain(hook);
  }
}

/** The next run exits well, and the one after it has nothing left to do. */
function expectSettles(world: MemoryWorld, scene: Scene): void {
  const { plan, outcome } = applyOn(world, scene.wanted);
  expect(outcome).toMatchObject({ result: isEmptyPlan(plan) ? 'unchanged' : 'applied', problems: [] });
  const again = applyOn(world, scene.wanted);
  expect(again.outcome.result).toBe('unchanged');
  const wanted = JSON.stringify(contentOf(again.plan.desired));
  for (const content of liveTexts(world).values()) expect(content).toBe(wanted);
  expect(liveTexts(world).size).toBe(2 * scene.wanted.interfaces.length);
  expect(foreignThings(world, instance)).toEqual(scene.foreign);
}

describe('an apply that is killed', () => {
  test('P6: at any step leaves each hook wholly before or wholly after, and the next run settles it', () => {
    fc.assert(
      fc.property(setting, (chosen) => {
        const one = sceneOf(chosen);
        for (let at = 1; at <= one.steps; at++) {
          const world = cloneWorld(one.world);
          expect(applyUnlessKilled(world, one.wanted, { faults: [{ at, outcome: 'kill' }] })).toBeUndefined();
          expectWhole(world, one);
          expect(foreignThings(world, instance)).toEqual(one.foreign);
          expectSettles(world, one);
        }
      }),
      runs,
    );
  });

  test('P6: twice in a row is settled as well, also when the second run wants something else', () => {
    fc.assert(
      fc.property(setting, topologyPair, fc.infiniteStream(fc.nat()), (chosen, [third], dice) => {
        const one = sceneOf(chosen);
        for (let at = 1; at <= one.steps; at += 3) {
          const world = cloneWorld(one.world);
          applyUnlessKilled(world, one.wanted, { faults: [{ at, outcome: 'kill' }] });
          const second = (dice.next().value ?? 0) % (one.steps * 2);
          applyUnlessKilled(world, third, { faults: [{ at: second, outcome: 'kill' }] });
          expect(applyOn(world, third).outcome.problems).toEqual([]);
          expect(isEmptyPlan(prepareOn(world, third).plan)).toBe(true);
          expect(foreignThings(world, instance)).toEqual(one.foreign);
        }
      }),
      runs,
    );
  });

  test('P6: a lock dies with its holder', async () => {
    const world = makeWorld();
    const datapath = openMemoryDatapath(world, { faults: [{ at: 2, outcome: 'kill' }] });
    await datapath.lock(instance, 0);
    expect(() => datapath.observe(instance)).toThrow(Killed);
    await expect(openMemoryDatapath(world).lock(instance, 0)).resolves.toBeDefined();
  });
});

describe('an apply that the kernel refuses', () => {
  const anyErrno = fc.constantFrom(...(Object.keys(errnos) as ErrnoName[]));

  test('P7: with any errno at any step leaves every hook as it was, unless it went on to the end', () => {
    fc.assert(
      fc.property(setting, anyErrno, (chosen, outcome) => {
        const one = sceneOf(chosen);
        for (let at = 1; at <= one.steps; at++) {
          const world = cloneWorld(one.world);
          const hooks = hookLines(world);
          const result = applyRefused(world, one.wanted, [{ at, outcome }]);
          expect(result).not.toBe('stuck');
          if (result !== 'applied') expect([at, result, hookLines(world).sort()]).toEqual([at, result, hooks.sort()]);
          expectWhole(world, one);
          expect(foreignThings(world, instance)).toEqual(one.foreign);
          expectSettles(world, one);
        }
      }),
      runs,
    );
  });

  test('P7: with the way back refused as well says so, and the next run settles it', () => {
    fc.assert(
      fc.property(setting, anyErrno, (chosen, outcome) => {
        const one = sceneOf(chosen);
        for (let at = 1; at <= one.steps; at++) {
          const world = cloneWorld(one.world);
          applyRefused(world, one.wanted, [{ at, outcome, times: 1000 }]);
          expectWhole(world, one);
          expectSettles(world, one);
        }
      }),
      runs,
    );
  });
});

/** A refused read ends the planning, before anything was touched; from then on apply answers for itself and throws nothing. */
function applyRefused(world: MemoryWorld, topology: Topology, faults: FaultPlan): Outcome['result'] | 'not-planned' {
  const datapath = openMemoryDatapath(world, { faults });
  let plan: Plan;
  try {
    plan = prepareOn(world, topology, { datapath }).plan;
  } catch (error) {
    if (error instanceof KernelError) return 'not-planned';
    throw error;
  }
  return execute(plan, datapath).result;
}

describe('revert and remove that go wrong', () => {
  const act = {
    revert: (datapath: MemoryDatapath, world: MemoryWorld) => {
      const observation = datapath.observe(instance);
      const plan = planRevert(datapath, observation, world.interfaces);
      if (!('code' in plan)) revert(datapath, plan, observation.hooks);
    },
    remove: (datapath: MemoryDatapath) => remove(datapath, datapath.observe(instance)),
  };

  test.each(['revert', 'remove'] as const)('P6: a killed %s leaves whole hooks, and can be done again', (command) => {
    fc.assert(
      fc.property(topologyPair, fc.boolean(), ([a, b], tcx) => {
        const start = makeWorld({ tcx });
        applyOn(start, a);
        applyOn(start, b);
        const foreign = foreignThings(start, instance);
        const stage = cloneWorld(start);
        const rehearsal = openMemoryDatapath(stage);
        act[command](rehearsal, stage);
        for (let at = 1; at <= rehearsal.log.length; at++) {
          const world = cloneWorld(start);
          const killed = openMemoryDatapath(world, { faults: [{ at, outcome: 'kill' }] });
          expect(() => act[command](killed, world)).toThrow(Killed);
          expect(foreignThings(world, instance)).toEqual(foreign);
          const repaired = cloneWorld(world);
          if (command === 'remove') {
            act.remove(openMemoryDatapath(world));
            expect([...world.pins.keys()].filter((path) => path.startsWith(`${instance}/`))).toEqual([]);
            expect(liveContents(world, instance)).toEqual([]);
          }
          expect(applyOn(repaired, b).outcome.problems).toEqual([]);
          expect(isEmptyPlan(prepareOn(repaired, b).plan)).toBe(true);
        }
      }),
      runs,
    );
  });

  test('P7: a revert refused with any errno at any step leaves hooks as they were, or is done', () => {
    fc.assert(
      fc.property(topologyPair, fc.constantFrom<ErrnoName>('ENOMEM', 'EEXIST', 'EBUSY'), ([a, b], outcome) => {
        const start = makeWorld();
        applyOn(start, a);
        fc.pre(applyOn(start, b).plan.stages);
        const stage = cloneWorld(start);
        const rehearsal = openMemoryDatapath(stage);
        act.revert(rehearsal, stage);
        for (let at = 1; at <= rehearsal.log.length; at++) {
          const world = cloneWorld(start);
          const datapath = openMemoryDatapath(world, { faults: [{ at, outcome }] });
          const result = revertRefused(datapath, world);
          expect(result).not.toBe('stuck');
          const done = hookLines(result === 'applied' ? stage : start);
          expect([at, result, hookLines(world).sort()]).toEqual([at, result, done.sort()]);
        }
      }),
      runs,
    );
  });
});

/** As applyRefused: a refused read ends the planning, from then on revert answers for itself. */
function revertRefused(datapath: MemoryDatapath, world: MemoryWorld): Outcome['result'] | 'not-planned' {
  let observation: Observation;
  let plan: ReturnType<typeof planRevert>;
  try {
    observation = datapath.observe(instance);
    plan = planRevert(datapath, observation, world.interfaces);
  } catch (error) {
    if (error instanceof KernelError) return 'not-planned';
    throw error;
  }
  if ('code' in plan) throw new Error(plan.message);
  return revert(datapath, plan, observation.hooks).result;
}
