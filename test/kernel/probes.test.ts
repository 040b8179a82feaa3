// Probes, mixed ones and expectations on the real kernel: they find what is planted, leave no trace in what is live, and say what
// they say over the memory datapath.
import { closeSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import type { KernelDatapath } from '../../src/datapath/kernel/open.ts';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { createMemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Datapath } from '../../src/datapath/port.ts';
import { mapInfo, openMapById } from '../../src/native/descriptors.ts';
import { update } from '../../src/native/maps.ts';
import type { Outcome } from '../../src/reconcile/apply.ts';
import { remove } from '../../src/reconcile/remove.ts';
import { testTopology } from '../../src/reconcile/test-run.ts';
import { flow, peer } from '../../src/tables/learned.ts';
import { flagBits, type Topology } from '../../src/topology/topology.ts';
import { now } from '../fuzz/run.ts';
import { topologyPair } from '../support/arbitrary.ts';
import { hasTcx } from '../support/hook-kinds.ts';
import { type KernelApplies, openKernelApplies } from '../support/kernel-applies.ts';
import { learnedBytes } from '../support/learned-bytes.ts';
import { whyNoKernel } from '../support/netns.ts';
import { patience } from '../support/patience.ts';
import { planted, plantedFaults } from '../support/planted.ts';
import { changedKeys, type ProbedRole, probedTopology } from '../support/probed-texts.ts';
import { plainPeerRow } from '../support/rows.ts';
import { tries } from '../support/runs.ts';
import { endpoint } from '../support/topologies.ts';

const reason = whyNoKernel();
const roles: readonly ProbedRole[] = ['gateway', 'node'];

describe.skipIf(reason !== undefined)('probes', () => {
  let applies: KernelApplies;
  let kernel: KernelDatapath;

  beforeAll(() => {
    applies = openKernelApplies();
    kernel = applies.kernel;
  });
  afterEach(() => {
    for (const name of kernel.instances()) remove(kernel, kernel.observe(name));
  });
  afterAll(() => applies?.close());

  const applied: KernelApplies['applied'] = (...apply) => applies.applied(...apply);
  const memory = (): Datapath =>
    openMemoryDatapath(createMemoryWorld({ interfaces: [...applies.interfaces], tcx: hasTcx() }));

  test.each(roles)('of a %s are met, the mixed ones and the expectations too', async (role) => {
    expect(applied(kernel, await probedTopology(role))).toMatchObject({ result: 'applied', problems: [] });
    const outcome = applied(kernel, await probedTopology(role, changedKeys[role]));
    expect(outcome).toMatchObject({ result: 'applied', problems: [] });
    expect(outcome.probes?.mixed).toBeGreaterThan(1);
    expect(outcome.probes?.expectations).toBeGreaterThan(1);
  });

  test.each(plantedFaults)('find $name (of a $role), and nothing is activated', async (fault) => {
    applied(kernel, await probedTopology(fault.role));
    const before = kernel.observe(kernel.instances()[0] ?? '').hooks;
    const outcome = applied(planted(kernel, fault), await probedTopology(fault.role, changedKeys[fault.role]));
    expect(outcome.result).toBe('not-activated');
    expect(kernel.observe(kernel.instances()[0] ?? '').hooks).toEqual(before);
  });

  test('tell of ids that mean each other’s gateway at once', async () => {
    applied(kernel, await probedTopology('node'));
    const swapped = await probedTopology('node', [
      ['id: 1, local', 'id: 9, local'],
      ['id: 2, local', 'id: 1, local'],
      ['id: 9, local', 'id: 2, local'],
      ['in tunnel 2', 'in tunnel 1'],
      ['decapsulated, tunnel: 2', 'decapsulated, tunnel: 1'],
      ['encapsulated, tunnel: 2', 'encapsulated, tunnel: 1'],
    ]);
    const outcome = applied(kernel, swapped);
    expect(outcome).toMatchObject({ result: 'applied', problems: [{ code: 'flows-misled', severity: 'warning' }] });
  });

  test.each(roles)('of a %s leave no trace in what is live, while somebody listens', async (role) => {
    expect(applied(kernel, await probedTopology(role))).toMatchObject({ result: 'applied' });
    const [instance = ''] = kernel.instances();
    learnSomething(kernel, instance);
    const reader = kernel.openEvents(instance);
    const everything = (1n << 64n) - 1n;
    reader.listen({ untilNs: everything, verdicts: everything, perSecond: 1_000_000 });
    const before = learnedBytes(kernel.observe(instance));
    const programs = kernel.observe(instance).hooks.map(({ programId }) => programId);

    // All probes run, and then an expectation that is not met keeps the switch from counting for one.
    const changes = [
      ...changedKeys[role],
      ['verdict: decapsulated', 'verdict: bad-key'],
      ['verdict: encapsulated', 'verdict: bad-key'],
    ] as const;
    const known = changes.filter(([from]) => probedHas(role, from));
    const refused = applied(kernel, await probedTopology(role, known), Number.POSITIVE_INFINITY);
    expect(refused.result).toBe('not-activated');
    expect(refused.probes?.packets).toBeGreaterThan(20);
    const alone = testTopology(kernel, await probedTopology(role), { limit: 9, nowNs: now().wallNs, monotonicNs: 1n });
    expect(alone.cases.every(({ failure }) => failure === undefined)).toBe(true);

    expect(learnedBytes(kernel.observe(instance))).toEqual(before);
    expect(kernel.observe(instance).hooks.map(({ programId }) => programId)).toEqual(programs);
    let events = 0;
    while (reader.read(() => events++, 100) > 0);
    expect([events, reader.leftOut()]).toEqual([0, 0]);
    reader.close();
    // The mixed ones too: this change is activated, and what was learned is as it was.
    const learnt = learnedBytes(kernel.observe(instance));
    const outcome = applied(kernel, await probedTopology(role, changedKeys[role]));
    expect(outcome).toMatchObject({ result: 'applied', problems: [] });
    expect(outcome.probes?.mixed).toBeGreaterThan(1);
    expect(learnedBytes(kernel.observe(instance))).toEqual(learnt);
  });

  test('say the same over memory and kernel, whatever is applied after whatever', {
    timeout: 240_000 * patience,
  }, () => {
    fc.assert(
      fc.property(topologyPair, (pair) => {
        const inMemory = memory();
        try {
          for (const topology of pair.map(withoutNextHops)) {
            const [here, there] = [kernel, inMemory].map((datapath) => applied(datapath, topology));
            expect(saidBy(here)).toEqual(saidBy(there));
          }
        } finally {
          for (const name of kernel.instances()) remove(kernel, kernel.observe(name));
        }
      }),
      tries(25),
    );
  });

  test('of files alone say the same over memory and kernel', { timeout: 240_000 * patience }, () => {
    fc.assert(
      fc.property(topologyPair, ([topology]) => {
        const input = { limit: Number.POSITIVE_INFINITY, nowNs: now().wallNs, monotonicNs: 1n };
        const [here, there] = [kernel, memory()].map((datapath) => testTopology(datapath, topology, input));
        expect(here).toEqual(there);
        expect(here?.cases.filter(({ failure }) => failure)).toEqual([]);
      }),
      tries(25),
    );
  });
});

function saidBy(outcome: Outcome | undefined): unknown {
  return { result: outcome?.result, probes: outcome?.probes, problems: outcome?.problems };
}

function probedHas(role: ProbedRole, text: string): boolean {
  return role === 'gateway' ? text !== 'verdict: decapsulated' : true;
}

/** Rows as packets leave them, so that there is something to change. */
function learnSomething(kernel: KernelDatapath, instance: string): void {
  const ids = kernel.observe(instance).learned?.ids;
  const { ip: remoteIp, port: remotePort } = endpoint('192.0.2.9:41000');
  const seen = { lock: 0, version: 2, epoch: 5n, lastSeenNs: 9n, moves: 0, ...plainPeerRow, remoteIp, remotePort };
  const of = { endpointIp: remoteIp, clientIp: remoteIp, endpointPort: 1, clientPort: 2, protocol: 6 };
  const rows = [
    [ids?.peer, peer.key.encode({ tunnel: 3 }), peer.value.encode(seen)],
    [ids?.flow, flow.key.encode(of), flow.value.encode({ tunnel: 1, group: 2, service: 1 })],
  ] as const;
  for (const [id, key, value] of rows) {
    const fd = openMapById(id ?? 0);
    if (fd === undefined) throw new Error('no learned map');
    update({ fd, info: mapInfo(fd) }, key, value);
    closeSync(fd);
  }
}

/** Where a next hop is asked for, the kernel's neighbours decide. */
function withoutNextHops(topology: Topology): Topology {
  const { fib, fwd } = flagBits.egress;
  const interfaces = topology.interfaces.map((one) => ({
    ...one,
    flags: { ingress: one.flags.ingress & ~flagBits.ingress.fwd, egress: one.flags.egress & ~(fib | fwd) },
  }));
  return { ...topology, interfaces };
}
