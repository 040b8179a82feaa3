// The laws of apply without anything going wrong: DESIGN.md section 4, over the memory datapath.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { foreignThings } from '../../src/datapath/memory/foreign.ts';
import { hookLines } from '../../src/datapath/memory/hooks.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import { noRows } from '../../src/reconcile/desired.ts';
import { ingest, withKeys } from '../../src/reconcile/ingest.ts';
import { isEmptyPlan } from '../../src/reconcile/plan.ts';
import { remove } from '../../src/reconcile/remove.ts';
import { planRevert, revert } from '../../src/reconcile/revert.ts';
import { readLive } from '../../src/reconcile/verify.ts';
import { tables } from '../../src/tables/registry.ts';
import { readTopology } from '../../src/topology/read.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { printTopology } from '../../src/topology/write.ts';
import { anyTopology, topologyPair } from '../support/arbitrary.ts';
import { applyOn, contentOf, liveContents, makeWorld, prepareOn, slotContents } from '../support/memory.ts';
import { tries } from '../support/runs.ts';
import { keysOf } from '../support/topologies.ts';

const runs = tries(60);
const tcx = fc.boolean();
const instance = 'epic-1';

function liveRows(world: MemoryWorld) {
  const datapath = openMemoryDatapath(world);
  return readLive(datapath, datapath.observe(instance)) ?? noRows();
}

/** What is live, without what an instance's past decides: epochs and counter indexes. */
function configuration(world: MemoryWorld): unknown {
  const rows = liveRows(world);
  return tables.map(({ name, key, value }) => {
    const lines = Array.from({ length: rows[name].count }, (_, at) => {
      const decoded = value.decode(rows[name].values, at * value.size);
      return JSON.stringify(
        { ...key.decode(rows[name].keys, at * key.size), ...decoded, epoch: 0, counter: 0 },
        (_key, part) => (part instanceof Uint8Array ? Buffer.from(part).toString('hex') : part),
      );
    });
    return [name, lines.sort()];
  });
}

describe('apply', () => {
  test('succeeds for every topology that reading lets pass', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        for (const topology of [a, b]) {
          const { plan, outcome } = applyOn(world, topology);
          expect(outcome).toMatchObject({ result: isEmptyPlan(plan) ? 'unchanged' : 'applied', problems: [] });
        }
      }),
      runs,
    );
  });

  test('P1: plan after apply is empty', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        for (const topology of [a, b]) {
          applyOn(world, topology);
          const { plan } = prepareOn(world, topology);
          expect([isEmptyPlan(plan), plan.objects]).toEqual([true, []]);
        }
      }),
      runs,
    );
  });

  test('P2: applying A and then B leaves what applying B alone leaves', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        const fresh = makeWorld({ tcx: withTcx });
        applyOn(world, a);
        applyOn(world, b);
        applyOn(fresh, b);
        expect(configuration(world)).toEqual(configuration(fresh));
        const withoutGeneration = (lines: string[]) => lines.map((line) => line.replace(/\d+$/, '')).sort();
        expect(withoutGeneration(hookLines(world))).toEqual(withoutGeneration(hookLines(fresh)));
      }),
      runs,
    );
  });

  test('P3: a second apply makes no write call', () => {
    fc.assert(
      fc.property(anyTopology, tcx, (topology, withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        applyOn(world, topology);
        const { outcome, datapath } = applyOn(world, topology);
        expect(outcome.result).toBe('unchanged');
        expect(datapath.log.filter(({ writes }) => writes)).toEqual([]);
      }),
      runs,
    );
  });

  test('P3: a label or the order of a list is no change', () => {
    fc.assert(
      fc.property(anyTopology, (topology) => {
        const world = makeWorld();
        applyOn(world, topology);
        const renamed: Topology = {
          ...topology,
          services: topology.services.map((one) => ({ ...one, name: `${one.name}-2` })),
        };
        expect(applyOn(world, renamed).outcome.result).toBe('unchanged');
      }),
      runs,
    );
  });

  test('P4: what is exported plans to nothing, keys kept or spelled out', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        for (const topology of [a, b]) {
          applyOn(world, topology);
          const name = (ifindex: number) => world.interfaces.find((one) => one.ifindex === ifindex)?.name;
          const exported = ingest(instance, liveRows(world), name);
          for (const one of [exported.topology, withKeys(exported, (key) => key)])
            expect(isEmptyPlan(prepareOn(world, one, { keys: keysOf(one) }).plan)).toBe(true);
        }
      }),
      runs,
    );
  });

  test('P4: what is exported as text and read again plans to nothing', async () => {
    await fc.assert(
      fc.asyncProperty(anyTopology, async (topology) => {
        const world = makeWorld();
        applyOn(world, topology);
        const name = (ifindex: number) => world.interfaces.find((one) => one.ifindex === ifindex)?.name;
        const { topology: exported } = ingest(instance, liveRows(world), name);
        const text = await printTopology(exported, { keys: 'keep' });
        const read = await readTopology([{ file: 'exported.yaml', text, directory: '/' }]);
        if (!read.topology) throw new Error(`${text}\n${read.problems.map(({ message }) => message).join('\n')}`);
        const { plan } = prepareOn(world, read.topology);
        expect([isEmptyPlan(plan), plan.objects]).toEqual([true, []]);
      }),
      tries(60),
    );
  });

  test('P5: revert restores every configured byte, and reverting again brings the newer one back', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        applyOn(world, a);
        // In the order of hooks: one that was taken off and put back is the last of its interface.
        const contents = () => liveContents(world, instance).sort((x, y) => (x.hook < y.hook ? -1 : 1));
        const before = contents();
        fc.pre(applyOn(world, b).plan.stages);
        const after = contents();
        revertOn(world);
        expect(contents()).toEqual(before);
        revertOn(world);
        expect(contents()).toEqual(after);
      }),
      runs,
    );
  });

  test('P5: revert writes no configured row', () => {
    fc.assert(
      fc.property(topologyPair, ([a, b]) => {
        const world = makeWorld();
        applyOn(world, a);
        fc.pre(applyOn(world, b).plan.stages);
        const slots = slotContents(world, instance);
        const { log } = revertOn(world);
        expect(slotContents(world, instance)).toEqual(slots);
        const others = ['attach', 'switchHook', 'detach', 'writeMeta', 'forget'];
        expect(log.filter(({ writes, method }) => writes && !others.includes(method))).toEqual([]);
      }),
      runs,
    );
  });

  test('P8: programs, filters, pins and maps of others stay byte-identical through apply, revert and remove', () => {
    const other: Topology = { ...oneTunnel('other'), tunnels: [], services: [] };
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        applyOn(world, other);
        const things = foreignThings(world, instance);
        expect(things.length).toBeGreaterThan(10);
        applyOn(world, a);
        expect(foreignThings(world, instance)).toEqual(things);
        if (applyOn(world, b).plan.stages) revertOn(world);
        expect(foreignThings(world, instance)).toEqual(things);
        const datapath = openMemoryDatapath(world);
        remove(datapath, datapath.observe(instance));
        expect(foreignThings(world, instance)).toEqual(things);
        expect(datapath.observe(instance).exists).toBe(false);
      }),
      runs,
    );
  });

  test('a live configured map is never written', () => {
    fc.assert(
      fc.property(topologyPair, tcx, ([a, b], withTcx) => {
        const world = makeWorld({ tcx: withTcx });
        applyOn(world, a);
        const old = new Map(liveContents(world, instance).map(({ hook, content }) => [hook, JSON.stringify(content)]));
        const { plan } = prepareOn(world, b);
        const wanted = JSON.stringify(contentOf(plan.desired));
        applyOn(world, b, {
          before: () => {
            for (const { hook, content } of liveContents(world, instance))
              expect([old.get(hook), wanted]).toContain(JSON.stringify(content));
          },
        });
      }),
      runs,
    );
  });
});

function revertOn(world: MemoryWorld) {
  const datapath = openMemoryDatapath(world);
  const observation = datapath.observe(instance);
  const plan = planRevert(datapath, observation, world.interfaces);
  if ('code' in plan) throw new Error(plan.message);
  const outcome = revert(datapath, plan, observation.hooks);
  expect(outcome).toMatchObject({ result: 'applied', problems: [] });
  return datapath;
}

function oneTunnel(name: string): Topology {
  const place = { file: 'other.yaml', line: 1, column: 1 };
  return {
    name,
    id: 0,
    role: 'gateway',
    interfaces: [{ name: 'eth0', flags: { ingress: 1, egress: 1 }, place }],
    flags: { ingress: 1, egress: 1 },
    tunnels: [],
    services: [],
    leftOut: [],
    expectations: [],
    sourceDigest: new Uint8Array(32),
    place,
  };
}
