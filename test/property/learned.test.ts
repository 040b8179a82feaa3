// P9: what packets taught is theirs. With a writer at work before every single step of an apply, learned rows of living tunnels
// and counters of living services are as that writer left them; those of what is gone are gone.

import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { theLearned } from '../../src/datapath/memory/find.ts';
import { learn, learnPeer } from '../../src/datapath/memory/learned.ts';
import { lookUp } from '../../src/datapath/memory/map.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import { counterLayout, flow, peer } from '../../src/tables/learned.ts';
import { tunnel as tunnelTable } from '../../src/tables/tunnel.ts';
import { verify } from '../../src/tables/verify.ts';
import type { Topology } from '../../src/topology/topology.ts';
import { topologyOf, topologyPair } from '../support/arbitrary.ts';
import { applyOn, applyUnlessKilled, makeWorld } from '../support/memory.ts';
import { plainPeerRow } from '../support/rows.ts';
import { tries } from '../support/runs.ts';

const instance = 'epic-1';
const local: Endpoint = { ip: '198.51.100.2' as Ip, port: 6080 as Port };
const remote: Endpoint = { ip: '198.51.100.1' as Ip, port: 6080 as Port };

const flowKeyOf = (tunnel: number): Uint8Array =>
  flow.key.encode({
    endpointIp: '10.0.0.1' as Ip,
    endpointPort: 80,
    clientIp: '198.51.100.2' as Ip,
    clientPort: (tunnel % 60000) + 1,
    protocol: 6,
  });

/** What the ingress program writes when it hears from a tunnel for the `time`-th time. */
function hear(world: MemoryWorld, tunnel: number, epoch: bigint, time: number): void {
  const row = { version: 2 * time, epoch, lastSeenNs: BigInt(time), remoteIp: remote.ip, remotePort: remote.port };
  learnPeer(world, instance, tunnel, { ...row, ...plainPeerRow, moves: time });
  learn(world, instance, 'flow', flowKeyOf(tunnel), flow.value.encode({ tunnel, group: 2, service: time % 65536 }));
}

function timesHeard(world: MemoryWorld, tunnel: number): { peer: number | undefined; flow: number | undefined } {
  const maps = theLearned(world, instance);
  const [peerRow, flowRow] = [lookUp(maps.peer, peer.key.encode({ tunnel })), lookUp(maps.flow, flowKeyOf(tunnel))];
  return {
    peer: peerRow && peer.value.decode(peerRow).moves,
    flow: flowRow && flow.value.decode(flowRow).service,
  };
}

const idsOf = (topology: Topology): number[] => topology.tunnels.map(({ id }) => id);
const servicesOf = (topology: Topology): string[] => topology.services.map(({ group, id }) => `${group}/${id}`);

/** First counter index of each tunnel and service, epoch of each tunnel, as the plan of this run gave them. */
function assignmentsOf({ plan }: ReturnType<typeof applyOn>) {
  const counters = new Map<string, number>();
  const epochs = new Map<number, bigint>();
  const { tunnel: tunnels, verify: services } = plan.desired;
  for (let at = 0; at < tunnels.count; at++) {
    const { id } = tunnelTable.key.decode(tunnels.keys, at * tunnels.keySize);
    const row = tunnelTable.value.decode(tunnels.values, at * tunnels.valueSize);
    counters.set(`tunnel ${id}`, row.counter);
    epochs.set(id, row.epoch);
  }
  for (let at = 0; at < services.count; at++) {
    const { group, service } = verify.key.decode(services.keys, at * services.keySize);
    counters.set(`${group}/${service}`, verify.value.decode(services.values, at * services.valueSize).counter);
  }
  return { counters, epochs };
}

const anyOutcome = fc.constantFrom('none', 'ENOMEM', 'E2BIG', 'EEXIST', 'kill');

describe('what packets taught', () => {
  test('P9: learned rows of living tunnels are never written, whatever becomes of the apply', () => {
    fc.assert(
      fc.property(topologyPair, anyOutcome, fc.nat(80), ([a, b], outcome, at) => {
        const world = makeWorld();
        const { epochs } = assignmentsOf(applyOn(world, a));
        for (const id of idsOf(a)) hear(world, id, epochs.get(id) ?? 0n, 0);
        const living = idsOf(a).filter((id) => idsOf(b).includes(id));
        let heard = 0;
        const before = () => {
          heard++;
          for (const id of living) hear(world, id, epochs.get(id) ?? 0n, heard);
        };
        const faults = outcome === 'none' ? [] : [{ at: at + 1, outcome: outcome as 'kill' }];
        try {
          applyUnlessKilled(world, b, { before, faults });
        } catch {
          // Refused while planning: the rows are looked at all the same.
        }
        for (const id of living) expect(timesHeard(world, id)).toEqual({ peer: heard, flow: heard % 65536 });
      }),
      tries(80),
    );
  });

  test('P9: rows of tunnels that are gone are gone, all others are as they were', () => {
    fc.assert(
      fc.property(topologyPair, ([a, b]) => {
        const world = makeWorld();
        const { epochs } = assignmentsOf(applyOn(world, a));
        for (const id of idsOf(a)) hear(world, id, epochs.get(id) ?? 0n, 5);
        hear(world, 77, 1n, 6);
        applyOn(world, b);
        for (const id of idsOf(a)) {
          const lives = idsOf(b).includes(id);
          expect(timesHeard(world, id)).toEqual(lives ? { peer: 5, flow: 5 } : { peer: undefined, flow: undefined });
        }
        expect(timesHeard(world, 77)).toEqual({ peer: 6, flow: 6 });
      }),
      tries(80),
    );
  });

  test('P9: counters of the living count on, those of the gone start at zero', () => {
    fc.assert(
      fc.property(topologyPair, ([a, b]) => {
        const world = makeWorld();
        const before = assignmentsOf(applyOn(world, a)).counters;
        const { values } = theLearned(world, instance).counter;
        for (const first of before.values())
          for (let index = first; index < first + counterLayout.perRow; index++) values.set(index, [3n, 300n]);
        const after = assignmentsOf(applyOn(world, b)).counters;
        const names = [...idsOf(b).map((id) => `tunnel ${id}`), ...servicesOf(b)];
        for (const name of names) {
          const first = after.get(name) ?? 0;
          if (before.has(name)) expect([name, first]).toEqual([name, before.get(name)]);
          expect(values.has(first)).toBe(before.has(name));
        }
        for (const [name, first] of before) if (!names.includes(name)) expect(values.has(first)).toBe(false);
      }),
      tries(80),
    );
  });

  test('a tunnel that is created again starts unlearned, also when the run that removed it died before it forgot', () => {
    fc.assert(
      fc.property(topologyOf('gateway'), topologyOf('gateway'), fc.nat(100), (a, b, at) => {
        const world = makeWorld();
        const first = assignmentsOf(applyOn(world, a)).epochs;
        for (const [id, epoch] of first) hear(world, id, epoch, 1);
        applyUnlessKilled(world, b, { faults: [{ at: at + 1, outcome: 'kill' }] });
        const lived = assignmentsOf(applyOn(world, b)).epochs;
        const again = assignmentsOf(applyOn(world, a)).epochs;
        for (const [id, epoch] of first) {
          if (lived.has(id)) continue;
          expect(again.get(id)).not.toBe(epoch);
        }
      }),
      tries(80),
    );
  });

  test('a tunnel that turns from static to learned starts unlearned, the other way keeps its epoch', () => {
    fc.assert(
      fc.property(topologyOf('gateway'), (a) => {
        const withRemotes = (to: Endpoint | 'learned'): Topology => ({
          ...a,
          tunnels: a.tunnels.map((one) => ({ ...one, header: 'keyed', local, remote: to })),
        });
        const world = makeWorld();
        const learned = assignmentsOf(applyOn(world, withRemotes('learned'))).epochs;
        const fixed = assignmentsOf(applyOn(world, withRemotes(remote))).epochs;
        expect(fixed).toEqual(learned);
        const relearned = assignmentsOf(applyOn(world, withRemotes('learned'))).epochs;
        for (const [id, epoch] of fixed) expect(relearned.get(id)).toBeGreaterThan(epoch);
      }),
      tries(60),
    );
  });
});
