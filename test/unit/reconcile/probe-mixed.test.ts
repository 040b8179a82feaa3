// Flows across the switch: what a generation has learned, the other goes by. Each packet has the old answer or the new one.
import { describe, expect, test } from 'vitest';
import { evaluateIn } from '../../../src/datapath/memory/evaluate.ts';
import type { Evaluator } from '../../../src/datapath/memory/probe.ts';
import { desiredRows } from '../../../src/reconcile/desired.ts';
import { diffTables } from '../../../src/reconcile/plan.ts';
import type { Service, Topology, Tunnel } from '../../../src/topology/topology.ts';
import { around, gatewayWith, key, nodeWith, ofGeneration } from '../../support/faulty.ts';
import { applyOn, execute, makeWorld, prepareOn } from '../../support/memory.ts';
import { endpoint, serviceOf, tunnelOf } from '../../support/topologies.ts';

const learned = { remote: 'learned' } as const;
const gateways = { 1: endpoint('172.1.0.4:6080'), 2: endpoint('172.1.0.5:6080') };
const local = endpoint('172.1.0.3:6080');

/** A node of two gateways; `tunnels` of its service in their order, and which gateway each of them leads to. */
function nodeOf(leads: Readonly<Record<number, 1 | 2>>, service: Partial<Service>): Topology {
  const tunnels = Object.entries(leads).map(([id, gateway]) =>
    tunnelOf(Number(id), { local, remote: gateways[gateway] }),
  );
  return { ...nodeWith(service), tunnels };
}

function changed(before: Topology, after: Topology, evaluate?: Evaluator) {
  const world = makeWorld();
  expect(applyOn(world, before).outcome).toMatchObject({ result: 'applied', problems: [] });
  return applyOn(world, after, { tellsFlows: true, ...(evaluate && { evaluate }) }).outcome;
}

describe('flows across the switch', () => {
  const two = { 1: 1, 2: 2 } as const;
  const both: Partial<Service> = { tunnels: [1, 2] };

  test.each<[what: string, before: Topology, after: Topology]>([
    ['another key', gatewayWith({}), gatewayWith({ key: key('another') })],
    ['another key on a node', nodeWith({}), nodeWith({ key: key('another') })],
    ['a rotated key', gatewayWith({}), gatewayWith({ key: key('another'), previousKey: key('before') })],
    ['another proxy', gatewayWith({}), gatewayWith({ proxy: endpoint('5.5.5.6:81') })],
    ['another proxy on a node', nodeWith({}), nodeWith({ proxy: endpoint('5.5.5.6:81') })],
    ['another endpoint', nodeWith({}), nodeWith({ endpoint: endpoint('10.0.0.2:81') })],
    ['another mode', nodeWith({}), nodeWith({ mode: 'dso' })],
    ['another identity', nodeWith({}), nodeWith({ group: 9, id: 9 })],
    ['a service that goes', nodeWith({}), { ...nodeWith({}), services: [] }],
    ['a service that comes', { ...nodeWith({}), services: [] }, nodeWith({})],
    ['a service by a tunnel that is learned and new', { ...gatewayWith({}), services: [] }, gatewayWith({}, learned)],
    ['a remote that is fixed from now on', gatewayWith({}, learned), gatewayWith({})],
    [
      'pings that are signed from now on',
      gatewayWith({}, learned),
      gatewayWith({}, { ...learned, sign: { key: key('signs'), required: true } }),
    ],
    [
      'another key that signs',
      gatewayWith({}, { ...learned, sign: { key: key('one'), required: true } }),
      gatewayWith({}, { ...learned, sign: { key: key('two'), required: true } }),
    ],
    ['the tunnels of a service in another order', nodeOf(two, both), nodeOf(two, { tunnels: [2, 1] })],
    ['a second tunnel behind the first', nodeOf(two, { tunnels: [1] }), nodeOf(two, both)],
    ['another key by two tunnels', nodeOf(two, both), nodeOf(two, { ...both, key: key('another') })],
    [
      'another key and another proxy by two tunnels',
      nodeOf(two, both),
      nodeOf(two, { ...both, key: key('another'), proxy: endpoint('5.5.5.6:81') }),
    ],
    [
      'another key, and a gateway that moves',
      nodeOf(two, both),
      {
        ...nodeOf(two, { ...both, key: key('another') }),
        tunnels: [
          tunnelOf(1, { local, remote: gateways[1] }),
          tunnelOf(2, { local, remote: endpoint('172.1.0.9:6080') }),
        ],
      },
    ],
    ['a tunnel less', nodeOf(two, both), nodeOf({ 1: 1 }, { tunnels: [1] })],
    ['the first tunnel less', nodeOf(two, both), nodeOf({ 2: 2 }, { tunnels: [2] })],
    [
      'a service that moves from a learned tunnel that goes to a fixed one',
      gatewayWith({}, learned),
      { ...gatewayWith({}), tunnels: [tunnelOf(7)], services: [serviceOf(1, { tunnels: [7] })] },
    ],
    ['echo that is carried', nodeWith({}), nodeWith({ echo: 'carry' })],
    ['replies that are caught from now on', nodeWith({ fallback: 'pass' }), nodeWith({})],
    [
      'source ports by chance',
      nodeWith({}),
      { ...nodeWith({}), tunnels: [tunnelOf(100, { sourcePort: 'flow-hash' })] },
    ],
  ])('%s: every packet has the old answer or the new one', (_, before, after) => {
    const outcome = changed(before, after);
    expect(outcome).toMatchObject({ result: 'applied', problems: [] });
    expect(outcome.probes?.mixed).toBeGreaterThan(0);
  });

  test.each<[what: string, before: Topology, after: Topology, title: string]>([
    [
      'a preferred tunnel before the only one',
      nodeOf(two, { tunnels: [1] }),
      nodeOf(two, { tunnels: [2, 1] }),
      'by tunnel 1',
    ],
    [
      'replies that pass from now on when their request was not seen',
      nodeWith({}),
      nodeWith({ fallback: 'pass' }),
      'service',
    ],
    ['a remote that is learned from now on', gatewayWith({}), gatewayWith({}, learned), 'service'],
    [
      'a service that moves to a tunnel that is learned and new',
      gatewayWith({}),
      { ...gatewayWith({}), tunnels: [tunnelOf(7, learned)], services: [serviceOf(1, { tunnels: [7] })] },
      'service',
    ],
  ])('%s: what is not known any more is told', (_, before, after, title) => {
    const outcome = changed(before, after);
    expect(outcome).toMatchObject({ result: 'applied', problems: [{ code: 'flows-unknown', severity: 'warning' }] });
    expect(outcome.problems[0]?.message).toContain(title);
  });

  // Found by chance: known by a tunnel that has gone, an echo reply meets the way of the tunnel that is there.
  test('a service with carried echo that moves to another tunnel, on hooks that look for the way: what is not known is told', () => {
    const moving = (id: number, remote: string): Topology => {
      const topology = nodeWith({ tunnels: [id], echo: 'carry' });
      const tunnels = [tunnelOf(id, { local, remote: endpoint(remote), source: 'strict' })];
      return { ...topology, tunnels };
    };
    const toFib = moving(9, '172.1.0.9:6080');
    const interfaces = toFib.interfaces.map((one) => ({ ...one, flags: { ...one.flags, egress: 16 } }));
    const outcome = changed(moving(7, '172.1.0.4:6080'), { ...toFib, interfaces });
    expect(outcome).toMatchObject({ result: 'applied', problems: [{ code: 'flows-unknown', severity: 'warning' }] });
  });

  test('ids that mean each other’s gateway at once: it is told where replies of older flows go', () => {
    const outcome = changed(nodeOf(two, both), nodeOf({ 1: 2, 2: 1 }, both));
    expect(outcome).toMatchObject({ result: 'applied', problems: [{ code: 'flows-misled', severity: 'warning' }] });
    expect(outcome.problems[0]?.message).toBe(
      'replies of flows of service "service-1" (2/1) by tunnel 1 and of 1 more that began before the switch go where ' +
        "their tunnel's id leads after it",
    );
    // What the hint says.
    expect(changed(nodeOf(two, both), nodeOf({ 3: 2, 4: 1 }, { tunnels: [3, 4] })).problems).not.toContainEqual(
      expect.objectContaining({ code: 'flows-misled' }),
    );
  });

  test('a learned tunnel that gets a local end of the other family: nothing is sent to where the far end was', () => {
    const ipv6 = { ...learned, local: endpoint('[2001:db8::4]:6080') };
    const outcome = changed(gatewayWith({}, learned), gatewayWith({}, ipv6));
    expect(outcome).toMatchObject({ result: 'applied', problems: [{ code: 'flows-unknown' }] });
    const world = makeWorld();
    const { plan: before } = applyOn(world, gatewayWith({}, learned));
    const { plan: after } = applyOn(world, gatewayWith({}, ipv6), { nowNs: 1_790_000_000_000_000_001n });
    expect(after.assignments.tunnels.get(100)?.epoch).toBeGreaterThan(before.assignments.tunnels.get(100)?.epoch ?? 0n);
  });

  test('a tunnel that lives and would unlearn its far end: nothing is activated', () => {
    const world = makeWorld();
    applyOn(world, gatewayWith({}, learned));
    const { plan, datapath } = prepareOn(world, gatewayWith({ key: key('another') }, learned));
    const tunnels = new Map([...plan.assignments.tunnels].map(([id, one]) => [id, { ...one, epoch: one.epoch + 1n }]));
    const assignments = { ...plan.assignments, tunnels };
    const desired = desiredRows({ ...plan, assignments, pathMtus: new Map([[100, 1500]]) });
    const outcome = execute({ ...plan, assignments, desired, diffs: diffTables(desired, plan.liveRows) }, datapath);
    expect(outcome.result).toBe('not-activated');
    expect(outcome.problems[0]?.message).toContain(
      'request, ingress of before and egress of after the switch: expected encapsulated to 198.51.100.99:41000, got no-remote',
    );
  });

  test('a program that takes known flows for another tunnel’s is not activated', () => {
    const misled: Evaluator = (view, packet) => {
      const flows = [...view.learned.flow.entries];
      const spoilt = flows.map(
        ([name, row]) => [name, { ...row, value: row.value.map((byte, at) => (at ? byte : byte ^ 3)) }] as const,
      );
      const flow = { ...view.learned.flow, entries: new Map(packet.direction === 'egress' ? spoilt : flows) };
      const answer = evaluateIn(around, { ...view, learned: { ...view.learned, flow } }, packet);
      if (packet.direction === 'ingress')
        for (const [name, row] of flow.entries) view.learned.flow.entries.set(name, row);
      return answer;
    };
    const outcome = changed(nodeOf(two, both), nodeOf(two, { ...both, key: key('another') }), ofGeneration(2n, misled));
    expect(outcome.result).toBe('not-activated');
  });

  test('are not played where the live programs are of another build, and the report says so', () => {
    const world = makeWorld();
    applyOn(world, gatewayWith({}));
    const { outcome } = applyOn(world, gatewayWith({}), { buildDigest: new Uint8Array(32).fill(9) });
    expect(outcome).toMatchObject({ result: 'applied', probes: { mixed: 'the live programs are of another build' } });
  });

  test('of services that share an endpoint keep to their own proxy', () => {
    const shared = (...ports: readonly number[]): Topology => ({
      ...nodeWith({}),
      services: ports.map((port, at) =>
        serviceOf(at + 1, { proxy: endpoint(`5.5.5.5:${port}`), endpoint: endpoint('10.0.0.1:80'), fallback: 'pass' }),
      ),
    });
    expect(changed(shared(80), shared(80, 81))).toMatchObject({ result: 'applied', problems: [] });
  });
});

/** Kept beside the table above, which is about services. */
const short: Partial<Tunnel> = { header: 'short', remoteId: 7 };
test('flows of a tunnel that gets the short header have the old header or the new one', () => {
  expect(changed(gatewayWith({}), gatewayWith({}, short))).toMatchObject({ result: 'applied', problems: [] });
});
