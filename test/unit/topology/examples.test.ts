// The examples are tests: each says in its first line what it shows, is good, and prints to what it means; those that are the
// two ends of something fit each other. test/unit/cli/examples.test.ts plans, probes and applies them.
import { describe, expect, it } from 'vitest';
import type { KeySource, Service, Topology, Tunnel } from '../../../src/topology/topology.ts';
import { printTopology } from '../../../src/topology/write.ts';
import { exampleNames, exampleText } from '../../support/examples.ts';
import { mustRead, problemsOf } from './texts.ts';

/** A gateway and a node that its first line calls the other end. */
const pairs = [
  ['gateway.yaml', 'node.yaml'],
  ['fallback/gateway-1.yaml', 'fallback/node.yaml'],
  ['fallback/gateway-2.yaml', 'fallback/node.yaml'],
  ['ipv6/gateway.yaml', 'ipv6/node.yaml'],
  ['key-rotation/gateway.yaml', 'key-rotation/node.yaml'],
  ['short-header/gateway.yaml', 'short-header/node.yaml'],
  ['signed-pings/gateway.yaml', 'signed-pings/node.yaml'],
  ['two-gateways/gateway-1.yaml', 'two-gateways/node.yaml'],
  ['two-gateways/gateway-2.yaml', 'two-gateways/node.yaml'],
] as const;

describe('the example', () => {
  it('list is the one that the documentation names', () => {
    expect(exampleNames).toEqual([
      'echo.yaml',
      'expect/gateway.yaml',
      'fallback/gateway-1.yaml',
      'fallback/gateway-2.yaml',
      'fallback/node.yaml',
      'gateway.yaml',
      'ipv6/gateway.yaml',
      'ipv6/node.yaml',
      'key-rotation/gateway.yaml',
      'key-rotation/node.yaml',
      'many-services.yaml',
      'minimal.yaml',
      'node.yaml',
      'short-header/gateway.yaml',
      'short-header/node.yaml',
      'signed-pings/gateway.yaml',
      'signed-pings/node.yaml',
      'two-gateways/gateway-1.yaml',
      'two-gateways/gateway-2.yaml',
      'two-gateways/node.yaml',
      'via.yaml',
    ]);
  });

  it.each(exampleNames)('%s opens with a line saying what it shows, then the schema', (name) => {
    const [first = '', second = ''] = exampleText(name).split('\n');
    expect(first).toMatch(/^# \S.{20,}\.$/);
    const up = '../'.repeat(name.split('/').length);
    expect(second).toBe(`# yaml-language-server: $schema=${up}schemas/topology.schema.json`);
  });

  it.each(exampleNames)('%s has no problems', async (name) => {
    expect(await problemsOf(exampleText(name))).toEqual([]);
  });

  it.each(exampleNames)('%s means the same when it is printed and read again', async (name) => {
    const topology = await mustRead(exampleText(name));
    const again = await mustRead(await printTopology(topology, { keys: 'show' }));
    expect(withoutPlaces(again)).toEqual(withoutPlaces(topology));
  });

  it.each(pairs)('%s is the other end of %s: services, tunnels and secrets of the two fit', async (one, other) => {
    const gateway = await mustRead(exampleText(one));
    const node = await mustRead(exampleText(other));
    const shared = servicesOfBoth(gateway, node);
    expect(shared.length).toBeGreaterThan(0);
    for (const [here, there] of shared) {
      expect(there).toMatchObject({ protocol: here.protocol, proxy: here.proxy });
      for (const [sender, receiver] of [
        [here, there],
        [there, here],
      ] as const)
        expect([receiver.key, receiver.previousKey].map(secret)).toContain(secret(sender.key));
      const near = gateway.tunnels.find(({ id }) => id === here.tunnels[0]);
      const far = node.tunnels.find(({ id, remoteId }) => there.tunnels.includes(id) && remoteId === near?.id);
      expect(near && far && faultBetween(near, far)).toBe('none');
    }
  });
});

function servicesOfBoth(gateway: Topology, node: Topology): (readonly [gateway: Service, node: Service])[] {
  return gateway.services.flatMap((here) => {
    const there = node.services.find(({ group, id }) => group === here.group && id === here.id);
    return there ? [[here, there] as const] : [];
  });
}

function faultBetween(near: Tunnel, far: Tunnel): string {
  const same = (a: unknown, b: unknown) => JSON.stringify(a) === JSON.stringify(b);
  if (!same(far.remote, near.local)) return 'the node sends elsewhere';
  if (near.remote === 'learned') {
    if (far.pingIntervalMs === 0) return 'nothing announces the node';
  } else if (!same(near.remote, far.local)) return 'the gateway sends elsewhere';
  if (near.header !== far.header) return 'headers';
  if (near.header === 'short' && near.remoteId !== far.id) return 'numbers in the short header';
  return same(signingSecret(near), signingSecret(far)) ? 'none' : 'signing keys';
}

function signingSecret({ sign }: Tunnel): string {
  return sign === 'none' ? 'none' : secret(sign.key);
}

function secret(key: KeySource | 'none'): string {
  return JSON.stringify(key);
}

function withoutPlaces(value: unknown): unknown {
  return JSON.parse(
    JSON.stringify(value, (key, inner) => (key === 'place' || key === 'sourceDigest' ? undefined : inner)),
  );
}
