// Policies where the host has changed under what they keep.
import { expect, test } from 'vitest';
import { isEmptyPlan } from '../../../src/reconcile/plan.ts';
import { applyOn, makeWorld, prepareOn } from '../../support/memory.ts';
import { serviceOf, somewhere, topologyOf } from '../../support/topologies.ts';

test('upsert-only keeps a service whose interface of entry is gone, and goes on', () => {
  const world = makeWorld();
  const interfaces = [{ name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere }];
  const entered = serviceOf(2, { via: { interface: 'eth2' } });
  applyOn(world, topologyOf({ interfaces, services: [serviceOf(1), entered] }));
  world.interfaces.splice(
    world.interfaces.findIndex(({ name }) => name === 'eth2'),
    1,
  );
  const { plan } = prepareOn(world, topologyOf({ interfaces, services: [serviceOf(1)] }), { policy: 'upsert-only' });
  expect([isEmptyPlan(plan), plan.kept.map(({ kind, id }) => `${kind} ${id}`)]).toEqual([true, ['service 2/2']]);
});
