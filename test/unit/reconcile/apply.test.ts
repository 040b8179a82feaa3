// Applies over the in-memory kernel: what a run does step by step. The laws over random topologies are in test/property.

import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { Killed } from '../../../src/datapath/memory/faults.ts';
import { theLearned } from '../../../src/datapath/memory/find.ts';
import { removeInterface } from '../../../src/datapath/memory/hooks.ts';
import { createMemoryHost } from '../../../src/datapath/memory/host.ts';
import { learnPeer } from '../../../src/datapath/memory/learned.ts';
import { createMemoryWorld, type MemoryWorld } from '../../../src/datapath/memory/world.ts';
import { type ApplyEnvironment, apply, type Outcome } from '../../../src/reconcile/apply.ts';
import { findLive } from '../../../src/reconcile/live.ts';
import { countChanges, isEmptyPlan, type Plan } from '../../../src/reconcile/plan.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { planRevert, revert } from '../../../src/reconcile/revert.ts';
import { readStatus } from '../../../src/reconcile/status.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { endpoint, keyOf, keysOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const buildDigest = new Uint8Array(32).fill(7);
const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };

function newWorld(): MemoryWorld {
  return createMemoryWorld({ interfaces: [{ name: 'eth0', ifindex: 2 }], tcx: true });
}

function planFor(world: MemoryWorld, topology: Topology): Plan {
  const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest, nowNs: 1n } as const;
  const { plan, problems } = prepare(input, openMemoryDatapath(world), createMemoryHost(world));
  if (!plan) throw new Error(JSON.stringify(problems));
  return plan;
}

function applyTo(world: MemoryWorld, topology: Topology, more: Partial<ApplyEnvironment> = {}): Outcome {
  const datapath = openMemoryDatapath(world);
  return apply(planFor(world, topology), {
    datapath,
    clock: () => 0,
    nowNs: () => 5n,
    probeLimit: 100,
    ...more,
  });
}

function revertOn(world: MemoryWorld) {
  const datapath = openMemoryDatapath(world);
  const observation = datapath.observe('epic-1');
  const plan = planRevert(datapath, observation, world.interfaces);
  if ('code' in plan) throw new Error(plan.message);
  return revert(datapath, plan, observation.hooks);
}

const gateway = topologyOf({
  interfaces: [eth0],
  tunnels: [tunnelOf(100), tunnelOf(101, { remote: 'learned' })],
  services: [serviceOf(1), serviceOf(2, { tunnels: [101], protocol: 'udp' })],
});
const node = topologyOf({
  role: 'node',
  interfaces: [eth0],
  flags: { ingress: 1, egress: 0 },
  tunnels: [tunnelOf(100, { local: endpoint('172.1.0.3:6080'), remote: endpoint('172.1.0.4:6080') })],
  services: [
    serviceOf(1, { endpoint: endpoint('1.1.1.1:4000') }),
    serviceOf(2, { mode: 'dso', endpoint: endpoint('1.1.1.1:4001') }),
  ],
});

const heard = {
  remoteIp: endpoint('198.51.100.1:1').ip,
  remotePort: 1,
  ...plainPeerRow,
  epoch: 1n,
  version: 0,
  lastSeenNs: 0n,
  moves: 0,
};

describe('apply', () => {
  test.each([
    ['gateway', gateway],
    ['node', node],
  ])('brings a bare host to what a %s wants, proved by probes, and then has nothing to do', (_, topology) => {
    const world = newWorld();
    const first = applyTo(world, topology);
    expect(first.problems).toEqual([]);
    expect(first.result).toBe('applied');
    expect(first.probes?.services).toBe(2);
    expect(isEmptyPlan(planFor(world, topology))).toBe(true);
    expect(applyTo(world, topology).result).toBe('unchanged');
  });

  test('stages a change in the other slot by its own minimal diff', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const moved = {
      ...gateway,
      tunnels: [tunnelOf(100, { remote: endpoint('172.1.0.9:6080') }), ...gateway.tunnels.slice(1)],
    };
    const fresh = applyTo(world, moved);
    expect([fresh.result, fresh.staged?.loaded]).toEqual(['applied', true]);
    const again = {
      ...gateway,
      tunnels: [tunnelOf(100, { remote: endpoint('172.1.0.8:6080') }), ...gateway.tunnels.slice(1)],
    };
    const next = applyTo(world, again);
    expect([next.result, next.staged?.loaded, next.staged?.rowsWritten]).toEqual(['applied', false, 1]);
  });

  test('tells a change in the words of the file', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const services = [serviceOf(1, { proxy: endpoint('5.5.5.6:80'), key: { kind: 'bytes', bytes: keyOf('other') } })];
    const plan = planFor(world, { ...gateway, services });
    expect(countChanges(plan.objects)).toEqual({ add: 0, change: 1, delete: 1 });
    const [changed] = plan.objects.filter(({ action }) => action === 'update');
    expect(changed?.fields).toEqual([
      { field: 'proxy', before: '5.5.5.5:3001', after: '5.5.5.6:80' },
      { field: 'key', before: '(sensitive)', after: '(sensitive)' },
    ]);
  });

  test('leaves the live generation untouched when a probe fails', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const broken = openMemoryDatapath(world, {
      evaluate: () => ({ action: -1, frame: new Uint8Array(0), verdict: 'pass-not-ours' }),
    });
    const before = broken.observe('epic-1').hooks;
    const changed = { ...gateway, services: [serviceOf(1, { proxy: endpoint('5.5.5.6:80') })] };
    const outcome = applyTo(world, changed, { datapath: broken });
    expect(outcome.result).toBe('not-activated');
    expect(outcome.problems.map(({ code }) => code)).toContain('probe-failed');
    expect(broken.observe('epic-1').hooks).toEqual(before);
  });

  test('reverts to the generation before, and to none that never ran', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const datapath = openMemoryDatapath(world);
    const none = planRevert(datapath, datapath.observe('epic-1'), world.interfaces);
    expect('code' in none && none.code).toBe('nothing-to-revert');
    applyTo(world, { ...gateway, services: [] });
    expect(revertOn(world).result).toBe('applied');
    expect(isEmptyPlan(planFor(world, gateway))).toBe(true);
  });

  test('reverts to the interfaces that the generation before had', () => {
    const world = createMemoryWorld({
      interfaces: [
        { name: 'eth0', ifindex: 2 },
        { name: 'eth1', ifindex: 3 },
      ],
      tcx: true,
    });
    const eth1 = { ...eth0, name: 'eth1' };
    applyTo(world, gateway);
    applyTo(world, { ...gateway, interfaces: [eth1] });
    expect(revertOn(world).result).toBe('applied');
    expect(
      openMemoryDatapath(world)
        .observe('epic-1')
        .hooks.map(({ ifindex }) => ifindex),
    ).toEqual([2, 2]);
    expect(isEmptyPlan(planFor(world, gateway))).toBe(true);
  });

  test('rests on what ran last, which after a revert is the older generation', () => {
    const world = newWorld();
    applyTo(world, gateway);
    applyTo(world, { ...gateway, services: [] });
    revertOn(world);
    const datapath = openMemoryDatapath(world);
    for (const hook of datapath.observe('epic-1').hooks) datapath.detach('epic-1', hook);
    const live = findLive(datapath.observe('epic-1'));
    expect([live.state, live.slot?.meta.generation]).toEqual(['resting', 1n]);
    const refused = planRevert(datapath, datapath.observe('epic-1'), world.interfaces);
    expect('code' in refused && refused.code).toBe('nothing-to-revert');
  });

  test('forgets what went, also when the run that removed it was cut off after its switch', () => {
    const world = newWorld();
    applyTo(world, gateway);
    learnPeer(world, 'epic-1', 101, heard);
    const less = { ...gateway, tunnels: [tunnelOf(100)], services: [serviceOf(1)] };
    const cut = openMemoryDatapath(world, { faults: [{ method: 'forget', at: 1, outcome: 'kill' }] });
    expect(() => applyTo(world, less, { datapath: cut })).toThrow(Killed);
    const datapath = openMemoryDatapath(world);
    expect(datapath.readLearned('epic-1', 'peer').count).toBe(1);
    expect(planFor(world, less).gone.counters).toHaveLength(2);
    expect(applyTo(world, less).result).toBe('applied');
    expect(datapath.readLearned('epic-1', 'peer').count).toBe(0);
    expect(isEmptyPlan(planFor(world, less))).toBe(true);
  });

  test('gives nothing new the counters of what a cut-off run did not forget', () => {
    const world = newWorld();
    const old = planFor(world, gateway).assignments.serviceCounters[1];
    applyTo(world, gateway);
    const less = { ...gateway, services: [serviceOf(1)] };
    const cut = openMemoryDatapath(world, { faults: [{ method: 'forget', at: 1, outcome: 'kill' }] });
    expect(() => applyTo(world, less, { datapath: cut })).toThrow(Killed);
    const other = planFor(world, { ...gateway, services: [serviceOf(1), serviceOf(9)] });
    expect([...other.assignments.serviceCounters]).not.toContain(old);
    expect(other.gone.counters).toContain(old);
  });

  test('reverts and forgets what the generation left behind had learned and counted', () => {
    const world = newWorld();
    applyTo(world, { ...gateway, tunnels: [tunnelOf(100)], services: [serviceOf(1)] });
    const { assignments } = planFor(world, gateway);
    applyTo(world, gateway);
    learnPeer(world, 'epic-1', 101, { ...heard, epoch: 2n });
    const { values } = theLearned(world, 'epic-1').counter;
    const [kept = 0, gone = 0] = assignments.serviceCounters;
    for (const index of [kept, gone]) values.set(index, [3n, 300n]);
    expect(revertOn(world)).toMatchObject({ result: 'applied', problems: [] });
    expect(openMemoryDatapath(world).readLearned('epic-1', 'peer').count).toBe(0);
    expect([values.has(kept), values.has(gone)]).toEqual([true, false]);
  });

  test('waits for programs that still run before it forgets what they write', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const datapath = openMemoryDatapath(world);
    applyTo(world, { ...gateway, services: [serviceOf(1)] }, { datapath });
    const methods = datapath.log.map(({ method }) => method);
    const forgets = methods.indexOf('forget');
    expect(methods.lastIndexOf('waitForRunningPrograms', forgets)).toBeGreaterThan(methods.lastIndexOf('switchHook'));
  });

  test('brings the other interfaces back when one vanishes between the switches', () => {
    const world = createMemoryWorld({
      interfaces: [
        { name: 'eth0', ifindex: 2 },
        { name: 'eth1', ifindex: 3 },
      ],
      tcx: true,
    });
    const both = { ...gateway, interfaces: [eth0, { ...eth0, name: 'eth1' }] };
    applyTo(world, both);
    let switches = 0;
    const datapath = openMemoryDatapath(world, {
      before: ({ method }) => {
        if (method === 'switchHook' && ++switches === 2) removeInterface(world, 3);
      },
    });
    const outcome = applyTo(world, { ...both, services: [serviceOf(1)] }, { datapath });
    expect([outcome.result, outcome.problems.map(({ code }) => code)]).toEqual(['reverted', ['kernel-refused']]);
    const { hooks, slots } = datapath.observe('epic-1');
    expect(hooks.map(({ ifindex, slot }) => [ifindex, slot])).toEqual([
      [2, 'a'],
      [2, 'a'],
    ]);
    expect(slots.a?.meta.generation).toBe(1n);
  });

  test('tells why the way back failed, beside why it was taken', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const datapath = openMemoryDatapath(world, {
      faults: [{ method: 'switchHook', at: 2, times: 9, outcome: 'ENOMEM' }],
    });
    const outcome = applyTo(world, { ...gateway, services: [serviceOf(1)] }, { datapath });
    expect([outcome.result, outcome.problems.length]).toEqual(['stuck', 2]);
  });

  test('is told converged by status, and drifted when a hook is gone', () => {
    const world = newWorld();
    applyTo(world, gateway);
    const datapath = openMemoryDatapath(world);
    const observation = datapath.observe('epic-1');
    expect(readStatus(datapath, observation, 0n)).toMatchObject({ converged: true, services: 2, drift: undefined });
    const [ingress] = observation.hooks;
    if (ingress) datapath.detach('epic-1', ingress);
    const status = readStatus(datapath, datapath.observe('epic-1'), 0n);
    expect(status.converged).toBe(false);
    expect(status.missingHooks).toHaveLength(1);
    expect(applyTo(world, gateway).phases.map(({ name }) => name)).toEqual(['activate', 'verify', 'forget']);
  });

  test('is told not converged by status where a hook was left that should not be', () => {
    const world = createMemoryWorld({
      interfaces: [
        { name: 'eth0', ifindex: 2 },
        { name: 'eth1', ifindex: 3 },
      ],
      tcx: true,
    });
    applyTo(world, gateway);
    const datapath = openMemoryDatapath(world);
    // As a run that moved hooks to another kind, or off an interface, leaves them when it is killed before it detaches.
    const left = [
      { ifindex: 2, interfaceName: 'eth0', direction: 'egress', kind: 'clsact' },
      { ifindex: 3, interfaceName: 'eth1', direction: 'ingress', kind: 'tcx' },
    ] as const;
    for (const hook of left) datapath.attach('epic-1', 'a', hook);
    const { converged, findings } = readStatus(datapath, datapath.observe('epic-1'), 0n);
    expect([converged, findings.map(({ message }) => message)]).toEqual([
      false,
      ['eth0 egress (clsact) is attached and should not be', 'eth1 ingress (tcx) is attached and should not be'],
    ]);
    expect(applyTo(world, gateway).result).toBe('applied');
    expect(readStatus(datapath, datapath.observe('epic-1'), 0n).converged).toBe(true);
  });
});
