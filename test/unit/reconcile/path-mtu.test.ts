import { describe, expect, test } from 'vitest';
import { createMemoryHost, type HostSpec } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { overheadOfTunnel, pathMtus } from '../../../src/reconcile/path-mtu.ts';
import { hostWarnings } from '../../../src/reconcile/warnings.ts';
import type { Tunnel } from '../../../src/topology/topology.ts';
import { interfaceOf, topologyOf, tunnelOf } from '../../support/topologies.ts';

const world = createMemoryWorld({
  tcx: true,
  interfaces: [
    { name: 'lo', ifindex: 1, mtuBytes: 65536 },
    { name: 'eth0', ifindex: 2, mtuBytes: 9000, addresses: ['172.1.0.4'] },
    { name: 'eth1', ifindex: 3, mtuBytes: 1400 },
  ],
});
const attached = [interfaceOf('eth0', 2), interfaceOf('eth1', 3)];
const narrow: HostSpec = { routes: [{ prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 1448 }] };

const mtuOf = (tunnel: Partial<Tunnel>, spec: HostSpec): number | undefined => {
  const topology = topologyOf({ tunnels: [tunnelOf(100, tunnel)] });
  return pathMtus(topology, attached, createMemoryHost(world, spec)).get(100);
};
const elsewhere = { ip: '192.0.2.1', port: 6080 } as Tunnel['local'];

const elsewhere6 = { ip: '2001:db8::1', port: 6080 } as Tunnel['local'];

describe('the MTU of a tunnel', () => {
  test.each([
    ["is its route's", {}, narrow, 1448],
    [
      'is that of the interface with its local address when the far end is learned',
      { remote: 'learned' },
      narrow,
      9000,
    ],
    ['is that of the interface with its local address when there is no route', {}, {}, 9000],
    ['is the least of those attached when no interface has its address', { local: elsewhere }, {}, 1400],
    ['is never more than a packet can have', {}, { routes: [{ prefix: '0.0.0.0/0', ifindex: 1 }] }, 65535],
    ['is never less than every host takes', {}, { routes: [{ prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 68 }] }, 576],
    [
      'is never less than every IPv6 link carries',
      { local: elsewhere6, remote: elsewhere6 },
      { routes: [{ prefix: '::/0', ifindex: 2, mtuBytes: 68 }] },
      1280,
    ],
    [
      'is that of an IPv6 path',
      { local: elsewhere6, remote: elsewhere6 },
      { routes: [{ prefix: '2001:db8::/32', ifindex: 2, mtuBytes: 1448 }] },
      1448,
    ],
    ['is not asked of the path when the file gives it', { mtuBytes: 1500 }, narrow, undefined],
  ] satisfies [string, Partial<Tunnel>, HostSpec, number | undefined][])('%s', (_name, tunnel, spec, expected) => {
    expect(mtuOf(tunnel, spec)).toBe(expected);
  });

  test.each([
    [elsewhere, 'keyed', 52],
    [elsewhere, 'short', 36],
    [elsewhere6, 'keyed', 72],
    [elsewhere6, 'short', 56],
  ] as const)('is not all for what it carries: from %j, header %s, %i bytes are its own', (local, header, expected) => {
    expect(overheadOfTunnel({ local, header })).toBe(expected);
  });

  test.each([
    ['warns', 1449, ['mtu-too-small']],
    ['does not warn', 1448, []],
    ['does not warn', 'path', []],
  ] as const)('%s when the file says %s and the path carries 1448', (_word, mtuBytes, codes) => {
    const topology = topologyOf({ tunnels: [tunnelOf(100, { mtuBytes })] });
    const routes = [...(narrow.routes ?? []), { prefix: '172.1.0.4/32', ifindex: 2, local: true }];
    const host = createMemoryHost(world, { routes });
    const warnings = hostWarnings(topology, attached, host, pathMtus(topology, attached, host));
    expect(warnings.map(({ code }) => code)).toEqual(codes);
  });
});
