// Diffs of long topologies, which are made in pieces: applied to the one text they give the other.
import { applyPatch } from 'diff';
import { describe, expect, test } from 'vitest';
import type { Side } from '../../../src/reconcile/sides.ts';
import { diffSides } from '../../../src/report/diff.ts';
import type { Service } from '../../../src/topology/topology.ts';
import { printTopology } from '../../../src/topology/write.ts';
import { endpoint, serviceOf, somewhere, topologyOf } from '../../support/topologies.ts';

function sideOf(services: readonly Service[]): Side {
  const flags = { ingress: 1, egress: 17 };
  const interfaces = [{ name: 'eth0', flags, place: somewhere }];
  return { topology: topologyOf({ interfaces, services }), notes: ['programs abc'] };
}

const textOf = ({ topology, notes }: Side) => printTopology(topology, { keys: 'show', header: notes });
const many = (count: number) => Array.from({ length: count }, (_, at) => serviceOf(at + 1));
const moved = (service: Service) => ({
  ...service,
  proxy: endpoint(`9.9.9.9:${service.id}`),
  endpoint: endpoint(`9.9.9.9:${service.id}`),
});

describe('a diff', () => {
  test.each<[string, readonly Service[], readonly Service[]]>([
    ['of a short text', many(3), many(3).map((one) => (one.id === 2 ? moved(one) : one))],
    ['with one change among many', many(1000), many(1000).map((one) => (one.id === 500 ? moved(one) : one))],
    ['with a change at every cut', many(1000), many(1000).map((one) => (one.id % 200 < 2 ? moved(one) : one))],
    ['with everything changed', many(700), many(700).map(moved)],
    ['with services gone from the middle', many(1000), many(1000).filter(({ id }) => id < 150 || id > 650)],
    ['with services new in the middle', many(1000).filter(({ id }) => id < 150 || id > 650), many(1000)],
    ['with nothing in common', many(1000).filter(({ id }) => id <= 500), many(1000).filter(({ id }) => id > 500)],
  ])('%s, applied to what is live, gives what is wanted', async (_, live, desired) => {
    const [before, after] = [sideOf(live), sideOf(desired)];
    const patch = await diffSides({ live: before, desired: after }, 'live', 'new.yaml');
    expect(patch).toMatch(/^--- live\n\+\+\+ new\.yaml\n@@ /);
    expect(applyPatch(await textOf(before), patch)).toBe(await textOf(after));
  });

  test('of two equal sides is empty', async () => {
    expect(await diffSides({ live: sideOf(many(500)), desired: sideOf(many(500)) }, 'live', 'new.yaml')).toBe('');
  });

  test('where nothing is live is all new', async () => {
    const desired = sideOf(many(2));
    const patch = await diffSides({ live: undefined, desired }, 'live', 'new.yaml');
    expect(applyPatch('', patch)).toBe(await textOf(desired));
  });
});
