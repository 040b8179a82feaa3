// Between a topology and its plan: which interfaces are meant, whose endpoints are in use, what does not fit.
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { createMemoryHost, type HostSpec } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { capacityProblems, learnedCapacitiesFor } from '../../../src/reconcile/capacity.ts';
import { noRows } from '../../../src/reconcile/desired.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { applyOn, makeWorld } from '../../support/memory.ts';
import { endpoint, keysOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };

function prepareFor(world: ReturnType<typeof createMemoryWorld>, topology: Topology, host: HostSpec = {}) {
  const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest: new Uint8Array(32), nowNs: 1n } as const;
  return prepare(input, openMemoryDatapath(world), createMemoryHost(world, host));
}

describe('the interfaces that are meant', () => {
  const world = createMemoryWorld({
    interfaces: [
      { name: 'eth0', ifindex: 2 },
      { name: 'wan', ifindex: 3 },
    ],
    tcx: true,
  });
  const routes = [{ prefix: '0.0.0.0/0', ifindex: 3, mtuBytes: 9000 }];

  test('without any in the file: that of the IPv4 default route, with the flags of the file', () => {
    const { plan } = prepareFor(world, topologyOf({ flags: { ingress: 1, egress: 17 } }), { routes });
    expect(plan?.interfaces).toMatchObject([{ name: 'wan', ifindex: 3, flags: { ingress: 1, egress: 17 } }]);
  });

  test('without any, and without a default route: a problem', () => {
    const { plan, problems } = prepareFor(world, topologyOf());
    expect([plan, problems.map(({ code }) => code)]).toEqual([undefined, ['no-default-route']]);
  });

  test('that do not exist are all named, each at its line', () => {
    const wanted = ['eth7', 'eth0', 'eth8'].map((name, line) => ({ ...eth0, name, place: { ...somewhere, line } }));
    const { plan, problems } = prepareFor(world, topologyOf({ interfaces: wanted }));
    expect(plan).toBeUndefined();
    expect(problems.map(({ code, place }) => [code, place?.line])).toEqual([
      ['interface-missing', 0],
      ['interface-missing', 2],
    ]);
  });
});

describe('two instances on one interface', () => {
  const other = topologyOf({ name: 'other', interfaces: [eth0] });
  const inUse = (topology: Topology): string[] => {
    const world = makeWorld();
    applyOn(world, other);
    const { problems } = prepareFor(world, topology);
    return problems.filter(({ severity }) => severity === 'error').map(({ code, message }) => `${code}: ${message}`);
  };
  const apart = topologyOf({
    interfaces: [eth0],
    tunnels: [tunnelOf(100, { local: endpoint('172.1.0.4:6081') })],
    services: [serviceOf(9)],
  });

  test('run beside each other', () => {
    const world = makeWorld();
    applyOn(world, other);
    expect(inUse(apart)).toEqual([]);
    expect(applyOn(world, apart).outcome.result).toBe('applied');
    const datapath = openMemoryDatapath(world);
    expect(['epic-1', 'other'].map((name) => datapath.observe(name).hooks.length)).toEqual([2, 2]);
  });

  test.each<[what: string, topology: Topology, expected: string]>([
    [
      'local tunnel endpoint',
      { ...apart, tunnels: [tunnelOf(7, { remote: 'learned' })], services: [] },
      'tunnel 7 listens on 172.1.0.4:6080, which instance "other" has',
    ],
    [
      'proxy endpoint',
      { ...apart, services: [serviceOf(9, { proxy: endpoint('5.5.5.5:3001') })] },
      'service "service-9" has proxy tcp 5.5.5.5:3001, which instance "other" has',
    ],
  ])('are refused one %s', (_, topology, expected) => {
    expect(inUse(topology)).toEqual([`endpoint-in-use: ${expected}`]);
  });

  test('may have one proxy address and port for TCP and UDP', () => {
    const services = [serviceOf(9, { proxy: endpoint('5.5.5.5:3001'), protocol: 'udp' })];
    expect(inUse({ ...apart, services })).toEqual([]);
  });

  test('are no matter where the other belongs to another network namespace', () => {
    const world = makeWorld();
    applyOn(world, other);
    const elsewhere = { ...world, netnsInode: 99n };
    const { problems } = prepareFor(elsewhere, { ...apart, tunnels: other.tunnels, services: other.services });
    expect(problems.filter(({ severity }) => severity === 'error')).toEqual([]);
  });
});

describe('what does not fit is told in planning, with both numbers', () => {
  const learned = learnedCapacitiesFor(1, 200);

  test.each<[table: string, problems: ReturnType<typeof capacityProblems>, message: string]>([
    [
      'a configured table',
      capacityProblems({ ...noRows(), nat: { ...noRows().nat, count: 5_000_000 } }, learned, 1, 200),
      'table nat would hold 5000000 rows and takes 3355443',
    ],
    [
      'the counters',
      capacityProblems(noRows(), learned, 1, 70_000),
      'table counter would hold 70000 indexes and has 65536',
    ],
    [
      'the learned remotes',
      capacityProblems(noRows(), learned, 5000, 200),
      'table peer would hold 5000 learned tunnels and has room for 4096',
    ],
  ])('%s', (_, problems, message) => {
    expect(problems.map((one) => [one.code, one.message])).toEqual([['table-full', message]]);
  });
});
