// Generations over longer histories: what runs was probed, revert goes only to what has run, a slot is kept only where its constants
// and sizes fit, and what somebody else changes between switch and verify is noticed.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import type { Fault } from '../../src/datapath/memory/faults.ts';
import { ownAttachments } from '../../src/datapath/memory/find.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import { metaOf } from '../../src/datapath/memory/world.ts';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import { planRevert } from '../../src/reconcile/revert.ts';
import { readTables } from '../../src/reconcile/verify.ts';
import { metaStates } from '../../src/tables/meta.ts';
import { type Service, serviceDefaults, type Topology, tunnelDefaults } from '../../src/topology/topology.ts';
import { anyTopology, topologyOf, topologyPair } from '../support/arbitrary.ts';
import { applyOn, applyUnlessKilled, contentOf, contentOfLoad, liveContents, makeWorld } from '../support/memory.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';
const history = fc.array(anyTopology, { minLength: 2, maxLength: 6 });
/** One for each topology of a history: a kill at any step, or when all rows are staged and none is probed. */
const kills = fc.array(
  fc.oneof(
    fc.nat(120).map((at): Fault => ({ at, outcome: 'kill' })),
    fc.constant<Fault>({ at: 1, method: 'openProbe', outcome: 'kill' }),
  ),
  { minLength: 6, maxLength: 6 },
);
const runningLoads = (world: MemoryWorld) => ownAttachments(world, instance).map(({ program }) => program.load);

describe('generations', () => {
  test('run with the constants and in the sizes that their topology asks for, whatever was there before', () => {
    fc.assert(
      fc.property(history, (topologies) => {
        const world = makeWorld();
        for (const topology of topologies) {
          const { plan, outcome } = applyOn(world, topology);
          expect(outcome.problems).toEqual([]);
          const { role, ingressFeatures, egressFeatures } = plan.load;
          for (const load of runningLoads(world)) {
            expect(load).toMatchObject({ role, ingressFeatures, egressFeatures });
            expect(contentOfLoad(load)).toEqual(contentOf(plan.desired));
          }
        }
      }),
      tries(60),
    );
  });

  test('are never run before they were probed, also not after a run that was killed', () => {
    fc.assert(
      fc.property(history, kills, (topologies, faults) => {
        const world = makeWorld();
        const look = () => {
          for (const load of runningLoads(world))
            expect(metaOf(load).state).toBeGreaterThanOrEqual(metaStates.complete);
        };
        topologies.forEach((topology, at) => {
          applyUnlessKilled(world, topology, { before: look, faults: faults.slice(at, at + 1) });
          applyOn(world, topology, { before: look });
        });
      }),
      tries(60),
    );
  });

  test('are reverted to only when they have run', () => {
    fc.assert(
      fc.property(history, kills, (topologies, faults) => {
        const world = makeWorld();
        const ran = new Set<string>();
        const look = () => {
          for (const { content } of liveContents(world, instance)) ran.add(JSON.stringify(content));
        };
        topologies.forEach((topology, at) => {
          applyUnlessKilled(world, topology, { before: look, faults: faults.slice(at, at + 1) });
          const datapath = openMemoryDatapath(world);
          look();
          const plan = planRevert(datapath, datapath.observe(instance), world.interfaces);
          if (!('code' in plan) && plan.to)
            expect(ran).toContain(JSON.stringify(contentOf(readTables(datapath, instance, plan.to.name))));
        });
      }),
      tries(100),
    );
  });

  test('grow and shrink with their topology', () => {
    const world = makeWorld();
    for (const services of [1, 400, 3, 60, 400, 1, 0]) {
      const topology = manyServices(services);
      expect(applyOn(world, topology).outcome.problems).toEqual([]);
      const [load] = runningLoads(world);
      const { entries, maxEntries } = load?.maps.verify ?? { entries: new Map(), maxEntries: 0 };
      expect(entries.size).toBe(services);
      expect(maxEntries).toBeGreaterThanOrEqual(services);
      expect(maxEntries).toBeLessThanOrEqual(Math.max(16, services * 20));
    }
  });

  test('give a slot that runs no more the time to be left before it is written', () => {
    const world = makeWorld();
    for (const services of [1, 2, 3]) applyOn(world, manyServices(services));
    const { datapath } = applyOn(world, manyServices(4));
    const methods = datapath.log.map(({ method }) => method);
    expect(methods).not.toContain('createSlot');
    expect(methods.indexOf('waitForRunningPrograms')).toBeGreaterThan(0);
    expect(methods.indexOf('waitForRunningPrograms')).toBeLessThan(methods.indexOf('writeRows'));
  });
});

describe('somebody else at work between switch and verify', () => {
  type Meddle = (world: MemoryWorld) => void;
  const takesOff: Meddle = (world) => {
    const [ours] = ownAttachments(world, instance);
    if (ours) world.attachments.splice(world.attachments.indexOf(ours), 1);
  };
  const editsRow: Meddle = (world) => {
    runningLoads(world)[0]?.maps.config.entries.clear();
  };

  test.each([
    ['takes a program of ours off', takesOff],
    ['edits a row', editsRow],
  ] as const)('who %s is noticed, and hooks run what they ran before', (_name, meddle) => {
    fc.assert(
      fc.property(topologyPair, ([a, b]) => {
        const world = makeWorld();
        applyOn(world, a);
        const before = liveContents(world, instance);
        let done = false;
        let switched = false;
        const { plan, outcome } = applyOn(world, b, {
          before: ({ method }) => {
            if (method === 'switchHook' || method === 'attach' || method === 'detach') switched = true;
            if (!switched || done || method !== 'observe') return;
            done = true;
            meddle(world);
          },
        });
        fc.pre(plan.stages);
        expect(outcome.result).toBe('reverted');
        expect(outcome.problems.map(({ code }) => code)).toContain('not-verified');
        const order = (contents: typeof before) => [...contents].sort((x, y) => (x.hook < y.hook ? -1 : 1));
        expect(order(liveContents(world, instance))).toEqual(order(before));
      }),
      tries(60),
    );
  });
});

function manyServices(count: number): Topology {
  const [base] = fc.sample(topologyOf('gateway'), { numRuns: 1, seed: 1 });
  if (!base) throw new Error('no topology');
  const place = base.place;
  const local: Endpoint = { ip: '172.16.0.1' as Ip, port: 6080 as Port };
  const services: Service[] = Array.from({ length: count }, (_, at) => {
    const proxy: Endpoint = { ip: '5.5.5.5' as Ip, port: (at + 1) as Port };
    return {
      name: `s${at}`,
      group: 1,
      id: at,
      protocol: 'tcp',
      proxy,
      endpoint: proxy,
      tunnels: [1],
      key: { kind: 'bytes', bytes: new Uint8Array(16) },
      mode: 'standard',
      ...serviceDefaults,
      place,
    };
  });
  return {
    ...base,
    interfaces: [{ name: 'eth0', flags: { ingress: 1, egress: 1 }, place }],
    tunnels: [
      { id: 1, local, remote: 'learned', remoteId: 1, pingIntervalMs: 0, mtuBytes: 'path', ...tunnelDefaults, place },
    ],
    services,
  };
}
