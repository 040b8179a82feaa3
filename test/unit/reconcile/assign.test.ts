import { describe, expect, test } from 'vitest';
import { assign, type LiveAssignments, noLiveAssignments, serviceNumber } from '../../../src/reconcile/assign.ts';
import { keyOf, keysOf, serviceOf, topologyOf, tunnelOf } from '../../support/topologies.ts';

const live: LiveAssignments = {
  tunnels: new Map([
    [100, { epoch: 3n, counter: 128, learned: false, pingIntervalMs: 0, family: 4, signKey: undefined }],
    [101, { epoch: 3n, counter: 132, learned: true, pingIntervalMs: 0, family: 4, signKey: undefined }],
  ]),
  services: new Map([[serviceNumber(2, 1), { counter: 136, key: keyOf('live'), previousKey: undefined }]]),
};

describe('assign', () => {
  test('gives each tunnel and service counters of its own', () => {
    const topology = topologyOf({ tunnels: [tunnelOf(1), tunnelOf(2)], services: [serviceOf(1), serviceOf(2)] });
    const { assignments, countersNeeded } = assign(topology, keysOf(topology), noLiveAssignments, 1n);
    const given = [...[...assignments.tunnels.values()].map(({ counter }) => counter), ...assignments.serviceCounters];
    expect(given).toEqual([128, 132, 136, 140]);
    expect(countersNeeded).toBe(144);
  });

  test('keeps epoch and counters of what lives', () => {
    const topology = topologyOf({ tunnels: [tunnelOf(100)], services: [serviceOf(1)] });
    const { assignments } = assign(topology, keysOf(topology), live, 9n);
    expect(assignments.tunnels.get(100)).toEqual({ epoch: 3n, counter: 128, signKey: undefined });
    expect([...assignments.serviceCounters]).toEqual([136]);
  });

  test('does not give the counters of what goes to what comes in the same change', () => {
    const topology = topologyOf({ tunnels: [tunnelOf(200)], services: [serviceOf(7, { tunnels: [200] })] });
    const { assignments } = assign(topology, keysOf(topology), live, 9n);
    expect(assignments.tunnels.get(200)).toEqual({ epoch: 9n, counter: 140, signKey: undefined });
    expect([...assignments.serviceCounters]).toEqual([144]);
  });

  test.each([
    ['a new tunnel', 300, 'learned', 9n],
    ['a tunnel that turns from static to learned', 100, 'learned', 9n],
    ['a learned tunnel that stays learned', 101, 'learned', 3n],
  ] as const)('gives %s the right epoch', (_, id, remote, epoch) => {
    const topology = topologyOf({ tunnels: [tunnelOf(id, { remote })], services: [] });
    expect(assign(topology, keysOf(topology), live, 9n).assignments.tunnels.get(id)?.epoch).toBe(epoch);
  });

  test('keeps the live keys where the file says keep, each of its own kind, and names what has none', () => {
    const previousKey = keyOf('before');
    const signKey = keyOf('signs');
    const known: LiveAssignments = {
      tunnels: new Map([[100, { epoch: 3n, counter: 128, learned: false, pingIntervalMs: 0, family: 4, signKey }]]),
      services: new Map([[serviceNumber(2, 1), { counter: 136, key: keyOf('live'), previousKey }]]),
    };
    const keep = { kind: 'keep' } as const;
    const topology = topologyOf({
      tunnels: [100, 101].map((id) => tunnelOf(id, { sign: { key: keep, required: true } })),
      services: [1, 2].map((id) => serviceOf(id, { key: keep, previousKey: keep })),
    });
    const { assignments, withoutKey } = assign(topology, keysOf(topology), known, 9n);
    expect(assignments.serviceKeys[0]).toEqual(keyOf('live'));
    expect(assignments.previousKeys[0]).toEqual(previousKey);
    expect(assignments.tunnels.get(100)?.signKey).toEqual(signKey);
    expect(withoutKey).toEqual([
      { kind: 'signing', position: 1 },
      { kind: 'services', position: 1 },
      { kind: 'previous', position: 1 },
    ]);
  });

  test('has no previous key and no signing key where the file has none, whatever is live', () => {
    const known: LiveAssignments = {
      tunnels: new Map([
        [100, { epoch: 3n, counter: 128, learned: false, pingIntervalMs: 0, family: 4, signKey: keyOf('signs') }],
      ]),
      services: new Map([[serviceNumber(2, 1), { counter: 136, key: keyOf('a'), previousKey: keyOf('b') }]]),
    };
    const topology = topologyOf();
    const { assignments, withoutKey } = assign(topology, keysOf(topology), known, 9n);
    expect([assignments.previousKeys, assignments.tunnels.get(100)?.signKey]).toEqual([[undefined], undefined]);
    expect(withoutKey).toEqual([]);
  });
});
