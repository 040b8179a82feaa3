// What a plan says beside rows: renewals, interrupted switches, repairs; and what an outcome says when not all was probed.
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { createMemoryHost } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld, type MemoryWorld } from '../../../src/datapath/memory/world.ts';
import { apply } from '../../../src/reconcile/apply.ts';
import type { Plan } from '../../../src/reconcile/plan.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { outcomeText } from '../../../src/report/outcome.ts';
import { planFields, planText } from '../../../src/report/plan.ts';
import { plain } from '../../../src/report/style.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { endpoint, keysOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };
const gateway = topologyOf({ interfaces: [eth0], services: [serviceOf(1), serviceOf(2), serviceOf(3)] });
const moved = { ...gateway, tunnels: [tunnelOf(100, { remote: endpoint('172.1.0.9:6080') })] };

function planFor(world: MemoryWorld, topology: Topology, build = 7): Plan {
  const input = {
    topology,
    keys: keysOf(topology),
    hook: 'auto',
    buildDigest: new Uint8Array(32).fill(build),
    nowNs: 1n,
  } as const;
  const { plan, problems } = prepare(input, openMemoryDatapath(world), createMemoryHost(world));
  if (!plan) throw new Error(JSON.stringify(problems));
  return plan;
}

function applyTo(world: MemoryWorld, topology: Topology, faults: Parameters<typeof openMemoryDatapath>[1] = {}) {
  const plan = planFor(world, topology);
  const environment = { datapath: openMemoryDatapath(world, faults), clock: () => 0, nowNs: () => 1n, probeLimit: 2 };
  return { plan, outcome: apply(plan, environment) };
}

function appliedWorld(): MemoryWorld {
  const world = createMemoryWorld({ interfaces: [{ name: 'eth0', ifindex: 2 }], tcx: true });
  applyTo(world, gateway);
  return world;
}

describe('a plan', () => {
  test('says when another build of the programs is loaded', () => {
    const plan = planFor(appliedWorld(), gateway, 8);
    expect(planText(plan, false, plain)).toBe(`  * loads another build of the programs
  * switch eth0 ingress (tcx)
  * switch eth0 egress (tcx)

Plan: 0 to add, 0 to change, 0 to delete; 3 other steps.
`);
    expect(planFields(plan)).toMatchObject({ empty: false, renewals: ['program'], changes: [] });
  });

  test('says when constants of the programs change', () => {
    const flags = { ingress: 1, egress: 17 };
    const plan = planFor(appliedWorld(), { ...gateway, flags, interfaces: [{ ...eth0, flags }] });
    const text = planText(plan, false, plain);
    expect(text).toContain('  ~ interface eth0  test.yaml:1\n      flags.egress  proxy (1) → proxy|fib (17)\n');
    expect(text).toContain(
      '  * loads the programs anew: role, flags and what a file uses at all are constants in them\n',
    );
  });

  test('says that an interrupted switch is finished first', () => {
    const world = appliedWorld();
    const faults = [{ at: 2, method: 'switchHook', outcome: 'kill' }] as const;
    expect(() => applyTo(world, moved, { faults })).toThrow();
    const text = planText(planFor(world, gateway), false, plain);
    expect(text).toMatch(/ {2}\* finish an interrupted switch: eth0 egress\n/);
  });

  test('says when pins of the live generation are made again', () => {
    const world = appliedWorld();
    for (const path of world.pins.keys()) if (path.endsWith('/tunnel')) world.pins.delete(path);
    expect(planText(planFor(world, gateway), false, plain)).toContain('  * pin the live generation again\n');
  });
});

describe('an outcome', () => {
  test('admits when only some of the changed services were probed', () => {
    const { plan, outcome } = applyTo(appliedWorld(), moved);
    expect(outcomeText(plan, outcome, 41.4, plain)).toMatch(
      /^Applied generation 2 in 41 ms: staged \d+ rows in a new load, \d+ probes \(2 of 3 changed services\), 2 hooks switched\.\n/,
    );
  });

  test('is silent when there was nothing to do', () => {
    const { plan, outcome } = applyTo(appliedWorld(), gateway);
    expect(outcomeText(plan, outcome, 1, plain)).toBe('');
  });
});
