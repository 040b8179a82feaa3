// P11 and the policies: what may be taken away, and that the laws of apply hold whatever the policy is.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { hasErrors } from '../../src/problem.ts';
import { guardProblems } from '../../src/reconcile/guards.ts';
import { countChanges, isEmptyPlan } from '../../src/reconcile/plan.ts';
import type { Policy } from '../../src/reconcile/policy.ts';
import { conflictProblems } from '../../src/reconcile/policy-conflicts.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { anyTopology, topologyPair } from '../support/arbitrary.ts';
import { applyOn, execute, makeWorld, prepareOn } from '../support/memory.ts';
import { tries } from '../support/runs.ts';
import { serviceOf, topologyOf, tunnelOf } from '../support/topologies.ts';

const gentle = fc.constantFrom<Policy>('upsert-only', 'create-only');
const limit = fc.oneof(
  fc.nat(12).map((objects) => ({ objects })),
  fc.nat(100).map((percent) => ({ percent })),
  fc.constant(undefined),
);

/** Enough services that a share of them means something. */
const many = fc
  .uniqueArray(fc.integer({ min: 1, max: 40 }), { minLength: 8, maxLength: 40 })
  .map((ids) =>
    topologyOf({ tunnels: [tunnelOf(100)], services: ids.sort((a, b) => a - b).map((id) => serviceOf(id)) }),
  );
const inInterface = (topology: Topology): Topology => ({
  ...topology,
  interfaces: [{ name: 'eth0', flags: topology.flags, place: topology.place }],
});

describe('guards', () => {
  test('P11: deletions never exceed what is allowed', () => {
    fc.assert(
      fc.property(many.map(inInterface), many.map(inInterface), limit, (before, after, deletions) => {
        const world = makeWorld();
        applyOn(world, before);
        const { plan, datapath } = prepareOn(world, after);
        const objects = before.services.length + 2;
        const most =
          deletions === undefined
            ? objects < 10
              ? objects
              : Math.floor(objects * 0.3)
            : 'objects' in deletions
              ? deletions.objects
              : Math.floor((objects * deletions.percent) / 100);
        const refused = guardProblems(plan, { empty: false, deletions });
        const gone = before.services.filter(({ id }) => !after.services.some((one) => one.id === id)).length;
        expect(countChanges(plan.objects).delete).toBe(gone);
        expect(refused.map(({ code }) => code)).toEqual(gone > most ? ['too-many-deletions'] : []);
        if (refused.length === 0) expect(execute(plan, datapath).result).toMatch(/applied|unchanged/);
      }),
      tries(60),
    );
  });

  test('P11: nothing is taken away by a file that has nothing, unless that is said', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const world = makeWorld();
        applyOn(world, topology);
        const { plan } = prepareOn(world, { ...topology, tunnels: [], services: [] });
        const had = topology.tunnels.length + topology.services.length > 0;
        const codes = (empty: boolean) => guardProblems(plan, { empty, deletions: undefined }).map(({ code }) => code);
        expect([codes(false), codes(true)]).toEqual([had ? ['would-empty'] : [], []]);
      }),
      tries(40),
    );
  });

  test('a file that is applied again is refused by none of them', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const world = makeWorld();
        applyOn(world, topology);
        const { plan } = prepareOn(world, topology);
        expect(guardProblems(plan, { empty: false, deletions: { objects: 0 } })).toEqual([]);
      }),
      tries(40),
    );
  });
});

describe('policies', () => {
  /** undefined: what is kept and the file cannot stand together, which is refused. */
  async function underPolicy(policy: Policy, [before, after]: readonly [Topology, Topology]) {
    const world = makeWorld();
    applyOn(world, before);
    const { plan, prepared, datapath } = prepareOn(world, after, { policy });
    const problems = [...prepared.problems, ...plan.problems, ...(await conflictProblems(plan))];
    if (hasErrors(problems)) return undefined;
    const outcome = execute(plan, datapath);
    return { world, plan, outcome };
  }

  test('take nothing away, and create-only changes nothing: what is kept is what sync would have changed', async () => {
    await fc.assert(
      fc.asyncProperty(gentle, topologyPair, async (policy, pair) => {
        const done = await underPolicy(policy, pair);
        if (!done) return;
        const { plan, outcome } = done;
        const counts = countChanges(plan.objects);
        expect(counts.delete).toBe(0);
        if (policy === 'create-only') expect(counts.change).toBe(0);
        expect(hasErrors(outcome.problems)).toBe(false);
        const fresh = makeWorld();
        applyOn(fresh, pair[0]);
        const sync = countChanges(prepareOn(fresh, pair[1]).plan.objects);
        const keptOf = (action: string) => plan.kept.filter((one) => one.action === action).length;
        expect(keptOf('delete')).toBe(sync.delete);
        if (policy === 'create-only') expect(keptOf('update')).toBe(sync.change);
      }),
      tries(60),
    );
  });

  test('P1, P3: a second plan under the same policy is empty, and an apply of it writes nothing', async () => {
    await fc.assert(
      fc.asyncProperty(gentle, topologyPair, async (policy, pair) => {
        const done = await underPolicy(policy, pair);
        if (!done) return;
        const again = applyOn(done.world, pair[1], { policy });
        expect([isEmptyPlan(again.plan), again.plan.objects, again.outcome.result]).toEqual([true, [], 'unchanged']);
        expect(again.datapath.log.filter(({ writes }) => writes)).toEqual([]);
        const kept = again.plan.kept.map(({ kind, id }) => `${kind} ${id}`);
        expect(kept).toEqual(expect.arrayContaining(done.plan.kept.map(({ kind, id }) => `${kind} ${id}`)));
      }),
      tries(60),
    );
  });

  test('sync is what an apply does that is told nothing', () => {
    fc.assert(
      fc.property(topologyPair, ([before, after]) => {
        const [told, untold] = [makeWorld(), makeWorld()];
        for (const world of [told, untold]) applyOn(world, before);
        const plans = [prepareOn(told, after, { policy: 'sync' }).plan, prepareOn(untold, after).plan];
        expect(plans.map(({ kept }) => kept)).toEqual([[], []]);
        expect(plans[0]?.objects).toEqual(plans[1]?.objects);
      }),
      tries(30),
    );
  });
});
