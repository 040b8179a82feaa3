// What would make an operator's first try fail: each warning at its line, and none where the host is as it should be.
import { describe, expect, test } from 'vitest';
import { createMemoryHost, type HostSpec } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { pathMtus } from '../../../src/reconcile/path-mtu.ts';
import { hostWarnings } from '../../../src/reconcile/warnings.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { endpoint, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', ifindex: 2, flags: { ingress: 1, egress: 1 }, place: somewhere };
const vlan = { name: 'eth0.100', ifindex: 3, flags: { ingress: 1, egress: 1 }, place: somewhere };

const wide = { prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 1552 };
/** Where the tunnels below have their local endpoint. */
const own = ['172.1.0.4/32', '2001:db8::4/128'].map((prefix) => ({ prefix, ifindex: 2, local: true }));
const wide6 = { prefix: '::/0', ifindex: 2, mtuBytes: 1552 };
const forwarding = { 'net.ipv4.ip_forward': '1', 'net.ipv6.conf.all.forwarding': '1' };

const gateway = topologyOf({ tunnels: [tunnelOf(100, { place: { ...somewhere, line: 7 } })] });
const node = topologyOf({
  role: 'node',
  services: [serviceOf(1, { endpoint: endpoint('1.1.1.1:4000'), place: { ...somewhere, line: 9 } })],
});
/** IPv6 in IPv6. */
const gateway6 = topologyOf({
  tunnels: [
    tunnelOf(100, {
      local: endpoint('[2001:db8::4]:6080'),
      remote: endpoint('[2001:db8::3]:6080'),
      place: { ...somewhere, line: 7 },
    }),
  ],
  services: [serviceOf(1, { proxy: endpoint('[2001:db8:5::5]:80'), place: { ...somewhere, line: 9 } })],
});
const dso: Topology = { ...node, services: node.services.map((one) => ({ ...one, mode: 'dso' })) };

function warningsOf(topology: Topology, host: HostSpec, interfaces = [eth0]) {
  const world = createMemoryWorld({ interfaces: [eth0, vlan], tcx: true });
  const asked = createMemoryHost(world, { ...host, routes: [...own, ...(host.routes ?? [])] });
  return hostWarnings(topology, interfaces, asked, pathMtus(topology, interfaces, asked));
}

describe('hostWarnings', () => {
  test.each<[what: string, topology: Topology]>([
    ['gateway', gateway],
    ['node', node],
    ['node with dso', dso],
    ['gateway of IPv6 alone', gateway6],
  ])('is silent about a %s that can work', (_, topology) => {
    expect(warningsOf(topology, { routes: [wide, wide6], sysctls: forwarding })).toEqual([]);
  });

  test.each<[what: string, topology: Topology, host: HostSpec, line: number, expected: string]>([
    [
      'a local endpoint that is nobody’s',
      { ...gateway, tunnels: [tunnelOf(100, { local: endpoint('172.1.0.9:6080'), place: { ...somewhere, line: 7 } })] },
      { routes: [wide], sysctls: forwarding },
      7,
      'local-missing: local 172.1.0.9:6080 of tunnel 100 is not an address of this host: nothing comes back',
    ],
    [
      'a remote without a route',
      { ...gateway, services: [] },
      { routes: [], sysctls: forwarding },
      7,
      'no-route: no route to remote 172.1.0.3:6080 of tunnel 100: such packets never reach the egress hook',
    ],
    [
      'a proxy that is routed through an interface which is not listed',
      gateway,
      { routes: [wide, { prefix: '5.5.5.5/32', ifindex: 3, mtuBytes: 1552 }], sysctls: forwarding },
      1,
      'no-route: proxy 5.5.5.5 of service "service-1" is routed through eth0.100, and only eth0 would be attached',
    ],
    [
      'a proxy that is an address of the gateway',
      gateway,
      { routes: [wide, { prefix: '5.5.5.5/32', ifindex: 2, local: true }], sysctls: forwarding },
      1,
      'proxy-local: proxy 5.5.5.5 of service "service-1" is an address of this host: the stack delivers its packets here, and none is carried',
    ],
    [
      'a gateway that does not forward',
      gateway,
      { routes: [wide], sysctls: { 'net.ipv4.ip_forward': '0' } },
      1,
      'forwarding-off: IPv4 forwarding is off: packets of clients are dropped before they reach a tunnel',
    ],
    [
      'a gateway that does not forward IPv6',
      gateway6,
      { routes: [wide6], sysctls: { 'net.ipv6.conf.all.forwarding': '0', 'net.ipv4.ip_forward': '0' } },
      1,
      'forwarding-off: IPv6 forwarding is off: packets of clients are dropped before they reach a tunnel',
    ],
    [
      'an IPv6 proxy without a route',
      gateway6,
      { routes: [{ ...wide6, prefix: '2001:db8::/64' }], sysctls: forwarding },
      9,
      'no-route: no route to proxy 2001:db8:5::5 of service "service-1": such packets never reach the egress hook',
    ],
    [
      'a path that leaves IPv6 services less than they may be told',
      gateway6,
      { routes: [{ ...wide6, mtuBytes: 1351 }], sysctls: forwarding },
      7,
      'mtu-too-small: tunnel 100 has a path of 1351 bytes, which leaves 1279 to the packets in it: those of IPv6 service "service-1" need 1280',
    ],
    [
      'a path that is narrower than the file says',
      { ...gateway, tunnels: gateway.tunnels.map((one) => ({ ...one, mtuBytes: 1552 })) },
      { routes: [{ ...wide, mtuBytes: 1551 }], sysctls: forwarding },
      7,
      'mtu-too-small: tunnel 100 has mtu 1552, and the path to its remote carries 1551 bytes: longer packets would be lost',
    ],
    [
      'an endpoint that a node cannot reach',
      node,
      { routes: [{ ...wide, prefix: '172.1.0.0/16' }], sysctls: forwarding },
      9,
      'endpoint-unreachable: endpoint 1.1.1.1 of service "service-1" is neither an address of this host nor routed',
    ],
    [
      'a strict reverse path filter under dso',
      dso,
      { routes: [wide], sysctls: { ...forwarding, 'net.ipv4.conf.all.rp_filter': '1' } },
      9,
      'strict-rp-filter: rp_filter is strict on eth0: requests of dso service "service-1" may be dropped',
    ],
  ])('tells of %s at its line', (_, topology, host, line, expected) => {
    const warnings = warningsOf(topology, host);
    expect(warnings.map(({ code, message }) => `${code}: ${message}`)).toEqual([expected]);
    expect(warnings).toMatchObject([{ severity: 'warning', place: { line } }]);
  });

  test('does not ask a node to forward to endpoints of its own', () => {
    const local = { prefix: '1.1.1.1/32', ifindex: 2, local: true };
    expect(warningsOf(node, { routes: [wide, local], sysctls: { 'net.ipv4.ip_forward': '0' } })).toEqual([]);
  });

  test('is silent about a loose filter on the interface itself, and names one with a dot as sysctl does', () => {
    const all = { 'net.ipv4.conf.all.rp_filter': '1' };
    const routes = [wide];
    const loose = { ...forwarding, ...all, 'net.ipv4.conf.eth0.rp_filter': '2' };
    expect(warningsOf(dso, { routes, sysctls: loose })).toEqual([]);
    const strict = warningsOf(dso, { routes: [{ ...wide, ifindex: 3 }], sysctls: { ...forwarding, ...all } }, [vlan]);
    expect(strict.map(({ hint }) => hint)).toEqual(['make it loose: sysctl -w net.ipv4.conf.eth0/100.rp_filter=2']);
  });

  test('asks for each address once', () => {
    const world = createMemoryWorld({ interfaces: [eth0], tcx: true });
    const host = createMemoryHost(world, { routes: [wide], sysctls: forwarding });
    let asked = 0;
    const counting = {
      ...host,
      route: (destination: string) => {
        asked++;
        return host.route(destination);
      },
    };
    const tunnels = Array.from({ length: 50 }, (_, at) => tunnelOf(100 + at));
    const topology = { ...gateway, tunnels };
    hostWarnings(topology, [eth0], counting, pathMtus(topology, [eth0], host));
    expect(asked).toBe(3);
  });

  test.each([
    [1352, []],
    [1351, ['error mtu-too-small']],
  ])('an mtu of %i that the file gives to an IPv6 service: %j', (mtuBytes, expected) => {
    const tunnels = gateway6.tunnels.map((one) => ({ ...one, mtuBytes }));
    const problems = warningsOf({ ...gateway6, tunnels }, { routes: [wide6], sysctls: forwarding });
    expect(problems.map(({ severity, code }) => `${severity} ${code}`)).toEqual(expected);
  });

  test('asks nothing of a filter for IPv6, which has none', () => {
    const strict = { ...forwarding, 'net.ipv4.conf.all.rp_filter': '1' };
    const services = gateway6.services.map((one) => ({ ...one, mode: 'dso' as const }));
    expect(warningsOf({ ...gateway6, role: 'node', services }, { routes: [wide6], sysctls: strict })).toEqual([]);
  });

  test('tells ten of a kind, and that there are more', () => {
    const services = Array.from({ length: 30 }, (_, at) =>
      serviceOf(at + 1, { proxy: endpoint(`5.5.5.${at + 1}:80`), place: { ...somewhere, line: at + 1 } }),
    );
    const routes = [{ ...wide, prefix: '172.1.0.0/16' }];
    const warnings = warningsOf({ ...gateway, services }, { routes, sysctls: forwarding });
    expect(warnings).toHaveLength(10);
    expect(warnings.filter(({ message }) => message.endsWith(' (there are more like this one)'))).toEqual([
      expect.objectContaining({ place: { ...somewhere, line: 10 } }),
    ]);
  });
});
