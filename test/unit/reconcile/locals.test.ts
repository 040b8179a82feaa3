// Which address an interface's name stands for when a plan is made.
import { describe, expect, test } from 'vitest';
import { openMemoryDatapath } from '../../../src/datapath/memory/datapath.ts';
import { createMemoryHost } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld, type MemoryWorld } from '../../../src/datapath/memory/world.ts';
import { prepare } from '../../../src/reconcile/prepare.ts';
import { trialPlan } from '../../../src/reconcile/trial.ts';
import { standIn } from '../../../src/topology/locals.ts';
import type { Topology, Tunnel } from '../../../src/topology/topology.ts';
import { execute } from '../../support/memory.ts';
import { endpoint, keysOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };
const routes = [{ prefix: '0.0.0.0/0', ifindex: 2, local: true }];

function worldWith(addresses: readonly string[]): MemoryWorld {
  return createMemoryWorld({ interfaces: [{ name: 'eth0', ifindex: 2, addresses }], tcx: true });
}

function moveTo(world: MemoryWorld, addresses: readonly string[]): void {
  const [only] = world.interfaces;
  if (only) world.interfaces.splice(0, 1, { ...only, addresses });
}

function following(name: string, family: 4 | 6 = 4): Topology {
  const localFrom = { interface: name, family };
  const remote = family === 4 ? endpoint('172.1.0.3:6080') : endpoint('[2001:db8::3]:6080');
  const one: Partial<Tunnel> = { localFrom, local: { ...endpoint('172.1.0.4:6080'), ip: standIn(localFrom) }, remote };
  return topologyOf({ interfaces: [eth0], tunnels: [tunnelOf(100, one)], services: [serviceOf(1)] });
}

function planned(world: MemoryWorld, topology: Topology) {
  const datapath = openMemoryDatapath(world);
  const input = { topology, keys: keysOf(topology), hook: 'auto', buildDigest: new Uint8Array(32), nowNs: 1n } as const;
  const { plan, problems } = prepare(input, datapath, createMemoryHost(world, { routes }));
  const words = problems.filter(({ code }) => code.startsWith('local') || code === 'interface-missing');
  return { plan, datapath, local: plan?.topology.tunnels[0]?.local.ip, said: words.map(({ code }) => code), problems };
}

function applied(world: MemoryWorld, topology: Topology): void {
  const { plan, datapath } = planned(world, topology);
  if (!plan || execute(plan, datapath).result !== 'applied') throw new Error('not applied');
}

describe('local: eth0:6080', () => {
  test('is the address of that family that the interface has', () => {
    const world = worldWith(['172.1.0.4', '2001:db8::4']);
    expect(planned(world, following('eth0'))).toMatchObject({ local: '172.1.0.4', said: [] });
    expect(planned(world, following('eth0', 6))).toMatchObject({ local: '2001:db8::4' });
  });

  test("that is a host's name is told apart from an interface that went away", () => {
    const { plan, problems } = planned(worldWith(['172.1.0.4']), following('gw.example.com'));
    expect([plan, problems[0]?.code]).toEqual([undefined, 'interface-missing']);
    expect(problems[0]?.hint).toMatch(/^names of hosts are not looked up/);
  });

  test.each([
    ['no interface of that name', ['172.1.0.4'], following('eth7'), 'interface-missing'],
    ['an interface without address', [], following('eth0'), 'local-without-address'],
    ['an interface with the other family alone', ['2001:db8::4'], following('eth0'), 'local-without-address'],
  ])('with %s is a problem that says what is there, and no plan', (_, addresses, topology, code) => {
    const { plan, problems } = planned(worldWith(addresses), topology);
    expect([plan, problems.map((one) => one.code)]).toEqual([undefined, [code]]);
    expect(problems[0]?.hint).toContain(addresses[0] ? (code === 'interface-missing' ? 'eth0' : 'eth0/6') : 'watch');
  });

  test('of several addresses is the first, with a warning that names it', () => {
    const { local, problems } = planned(worldWith(['172.1.0.4', '172.1.0.5']), following('eth0'));
    expect(local).toBe('172.1.0.4');
    expect(problems.find(({ code }) => code === 'local-ambiguous')).toMatchObject({
      severity: 'warning',
      message: expect.stringContaining('has 2: 172.1.0.4 and 172.1.0.5; it is 172.1.0.4'),
    });
  });

  test('stays what is live as long as the interface has it, in whatever order', () => {
    const world = worldWith(['172.1.0.4']);
    applied(world, following('eth0'));
    moveTo(world, ['172.1.0.1', '172.1.0.4']);
    expect(planned(world, following('eth0'))).toMatchObject({ local: '172.1.0.4', plan: { stages: false } });
    moveTo(world, ['172.1.0.1']);
    const { plan, local } = planned(world, following('eth0'));
    expect([local, plan?.stages, plan?.objects.map(({ kind, action }) => `${action} ${kind}`)]).toEqual([
      '172.1.0.1',
      true,
      ['create local-endpoint', 'delete local-endpoint', 'update tunnel'],
    ]);
  });

  test('P1: is an empty plan after an apply, and nobody else may have the address', () => {
    const world = worldWith(['172.1.0.4']);
    applied(world, following('eth0'));
    expect(planned(world, following('eth0')).plan?.stages).toBe(false);
    const other = topologyOf({ ...following('eth0'), name: 'other', services: [] });
    expect(planned(world, other).problems.map(({ code }) => code)).toContain('endpoint-in-use');
  });

  test('is its stand-in where no host is asked', () => {
    const plan = trialPlan(following('eth0'));
    expect(plan.problems).toEqual([]);
    expect(plan.topology.tunnels[0]?.local.ip).toBe(standIn({ interface: 'eth0', family: 4 }));
  });
});
