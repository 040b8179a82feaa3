// P13: concurrent applies serialise. Several runs of one instance, each giving way to the others between its phases.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import { isEmptyPlan } from '../../src/reconcile/plan.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { anyTopology } from '../support/arbitrary.ts';
import { contentOf, evaluateAt, execute, liveContents, makeWorld, now, prepareOn } from '../support/memory.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';
const others = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

interface Done {
  readonly generation: bigint;
  readonly result: string;
}

/** A run as the command makes it: lock, plan, apply, release; the others may go on wherever it waits. */
async function run(world: MemoryWorld, topology: Topology, done: Done[]): Promise<void> {
  const datapath = openMemoryDatapath(world, { evaluate: evaluateAt(now) });
  const lock = await datapath.lock(instance, 10_000);
  try {
    await others();
    const { plan } = prepareOn(world, topology, { datapath });
    await others();
    const { result } = execute(plan, datapath);
    const wanted = JSON.stringify(contentOf(plan.desired));
    for (const { content } of liveContents(world, instance)) expect(JSON.stringify(content)).toBe(wanted);
    done.push({ generation: plan.generation, result });
  } finally {
    lock.release();
  }
}

describe('concurrent applies', () => {
  test('P13: one after the other: each finds what the one before it left, no generation is used twice', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyTopology, { minLength: 2, maxLength: 5 }), async (topologies) => {
        const world = makeWorld();
        const done: Done[] = [];
        await Promise.all(topologies.map((topology) => run(world, topology, done)));
        expect(done.length).toBe(topologies.length);
        const applied = done.filter(({ result }) => result === 'applied').map(({ generation }) => generation);
        expect(applied).toEqual([...applied].sort((a, b) => (a < b ? -1 : 1)));
        expect(done.filter(({ result }) => !['applied', 'unchanged'].includes(result))).toEqual([]);
        expect(world.locks.size).toBe(0);
        expect(topologies.some((topology) => isEmptyPlan(prepareOn(world, topology).plan))).toBe(true);
      }),
      tries(25),
    );
  });

  test('P13: who waits too long is told who holds the lock', async () => {
    const world = makeWorld();
    const held = await openMemoryDatapath(world).lock(instance, 0);
    const waiting = openMemoryDatapath(world);
    await expect(waiting.lock(instance, 20)).rejects.toMatchObject({ problem: { code: 'locked' } });
    await expect(waiting.lock('another', 0)).resolves.toBeDefined();
    held.release();
    await expect(waiting.lock(instance, 0)).resolves.toBeDefined();
  });

  test('P13: a run that attaches keeps out those of other instances, and leaves no lock when it gives up', async () => {
    const world = makeWorld();
    const held = await openMemoryDatapath(world).lock(instance, 0, true);
    const other = openMemoryDatapath(world);
    await expect(other.lock('another', 20, true)).rejects.toMatchObject({ problem: { code: 'locked' } });
    await expect(other.lock('another', 0)).resolves.toBeDefined();
    held.release();
    expect([...world.locks.keys()]).toEqual(['another']);
  });
});
