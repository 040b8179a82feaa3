// What would make an operator's first try fail: each warning at its line, and none where the host is as it should be.
import { describe, expect, test } from 'vitest';
import { createMemoryHost, type HostSpec } from '../../../src/datapath/memory/host.ts';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { hostWarnings } from '../../../src/reconcile/warnings.ts';
import type { Topology } from '../../../src/topology/topology.ts';
import { endpoint, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const eth0 = { name: 'eth0', ifindex: 2, flags: { ingress: 1, egress: 1 }, place: somewhere };
const vlan = { name: 'eth0.100', ifindex: 3, flags: { ingress: 1, egress: 1 }, place: somewhere };

const wide = { prefix: '0.0.0.0/0', ifindex: 2, mtuBytes: 1552 };
/** Where the tunnels below have their local endpoint. */
const own = { prefix: '172.1.0.4/32', ifindex: 2, local: true };
const forwarding = { 'net.ipv4.ip_forward': '1' };

const gateway = topologyOf({ tunnels: [tunnelOf(100, { place: { ...somewhere, line: 7 } })] });
const node = topologyOf({
  role: 'node',
  services: [serviceOf(1, { endpoint: endpoint('1.1.1.1:4000'), place: { ...somewhere, line: 9 } })],
});
const dso: Topology = { ...node, services: node.services.map((one) => ({ ...one, mode: 'dso' })) };

function warningsOf(topology: Topology, host: HostSpec, interfaces = [eth0]) {
  const world = createMemoryWorld({ interfaces: [eth0, vlan], tcx: true });
  return hostWarnings(
    topology,
    interfaces,
    createMemoryHost(world, { ...host, routes: [own, ...(host.routes ?? [])] }),
  );
}

describe('hostWarnings', () => {
  test.each<[what: string, topology: Topology]>([
    ['gateway', gateway],
    ['node', node],
    ['node with dso', dso],
  ])('is silent about a %s that can work', (_, topology) => {
    expect(warningsOf(topology, { routes: [wide], sysctls: forwarding })).toEqual([]);
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
      'a gateway that does not forward',
      gateway,
      { routes: [wide], sysctls: { 'net.ipv4.ip_forward': '0' } },
      1,
      'forwarding-off: IPv4 forwarding is off: packets of clients are dropped before they reach a tunnel',
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
    hostWarnings({ ...gateway, tunnels }, [eth0], counting);
    expect(asked).toBe(3);
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
