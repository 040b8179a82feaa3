// The epoch of what is made now: the wall time, and never one that was given before, wherever the clock went.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { learnPeer } from '../../../src/datapath/memory/learned.ts';
import { nextEpoch } from '../../../src/reconcile/epoch.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { applyOn, makeWorld, now } from '../../support/memory.ts';
import { plainPeerRow } from '../../support/rows.ts';
import { tries } from '../../support/runs.ts';
import { endpoint, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };
const withTunnels = (...ids: number[]): Topology =>
  topologyOf({ interfaces: [eth0], tunnels: ids.map((id) => tunnelOf(id, { remote: 'learned' })), services: [] });
const epochOf = (world: ReturnType<typeof makeWorld>, nowNs: bigint): bigint => {
  const datapath = openMemoryDatapath(world);
  return nextEpoch(datapath, datapath.observe('epic-1'), nowNs);
};

describe('the epoch of a tunnel that is made', () => {
  test('is the wall time of planning', () => {
    const { plan } = applyOn(makeWorld(), withTunnels(1, 2), { nowNs: now + 7n });
    expect([...plan.assignments.tunnels.values()].map(({ epoch }) => epoch)).toEqual([now + 7n, now + 7n]);
  });

  test('stays while it lives, and comes back with another one when it had gone', () => {
    const world = makeWorld();
    applyOn(world, withTunnels(1));
    expect(applyOn(world, withTunnels(1, 2), { nowNs: now + 9n }).plan.assignments.tunnels.get(1)?.epoch).toBe(now);
    applyOn(world, withTunnels(2), { nowNs: now + 9n });
    const again = applyOn(world, withTunnels(1, 2), { nowNs: now }).plan.assignments.tunnels;
    expect([again.get(1)?.epoch, again.get(2)?.epoch]).toEqual([now + 10n, now + 9n]);
  });

  test('is more than that of a row in PEER, whatever the tables say', () => {
    const world = makeWorld();
    applyOn(world, withTunnels(1));
    const { ip: remoteIp, port: remotePort } = endpoint('198.51.100.1:1');
    const row = { ...plainPeerRow, version: 2, lastSeenNs: 1n, remoteIp, remotePort, moves: 0 };
    learnPeer(world, 'epic-1', 9, { ...row, epoch: now + 50n });
    expect(epochOf(world, now)).toBe(now + 51n);
  });

  test('is kept by what lives and is never before the clock, wherever that goes', () => {
    fc.assert(
      fc.property(
        fc.array(fc.tuple(fc.bigInt({ min: 1n, max: 1000n }), fc.subarray([1, 2, 3])), { minLength: 2, maxLength: 6 }),
        (steps) => {
          const world = makeWorld();
          const last = new Map<number, bigint>();
          let alive: readonly number[] = [];
          for (const [clock, ids] of steps) {
            const { plan } = applyOn(world, withTunnels(...ids), { nowNs: clock });
            for (const [id, { epoch }] of plan.assignments.tunnels) {
              const before = last.get(id);
              if (before !== undefined && alive.includes(id)) expect(epoch).toBe(before);
              // What went two generations ago is known to nobody any more: it was forgotten with all that it had learned.
              else expect(epoch).toBeGreaterThanOrEqual(clock);
              last.set(id, epoch);
            }
            alive = ids;
          }
        },
      ),
      tries(40),
    );
  });
});
