// What is told of the network around a topology, from facts alone.
import { describe, expect, test } from 'vitest';
import type { NetworkFacts } from '../../../src/doctor/facts.ts';
import { examineNetwork, type Network } from '../../../src/doctor/network.ts';
import { problem } from '../../../src/problem.ts';
import { interfaceOf, serviceOf, topologyOf, tunnelOf } from '../../support/topologies.ts';

const quiet: NetworkFacts = {
  offloads: { eth0: { tso: true, gso: true, gro: true, lro: false } },
  veths: [],
  neighbours: [{ remote: '172.1.0.3', nextHop: '172.1.0.3', device: 'eth0', state: 'REACHABLE' }],
  udpPorts: [{ ip: '127.0.0.1', port: 6080 }],
  filters: [],
  programs: [{ ifindex: 2, direction: 'ingress', kind: 'tcx', id: 7, name: 'ti_ingress', isOwn: true }],
};
const sound: Network = {
  topology: topologyOf(),
  interfaces: [interfaceOf('eth0', 2)],
  here: [{ name: 'eth0', ifindex: 2, mtuBytes: 1500, up: true, mac: new Uint8Array(6), addresses: [] }],
  problems: [],
  facts: quiet,
  daemon: 'none',
};
const foreign = { ifindex: 2, direction: 'ingress', kind: 'tcx', id: 9, name: 'other', isOwn: false } as const;

const told = (network: Partial<Network>, facts: Partial<NetworkFacts> = {}): string[] =>
  examineNetwork({ ...sound, ...network, facts: { ...quiet, ...facts } })
    .filter(({ result }) => result !== 'ok')
    .flatMap(({ name, result, details }) =>
      details.map(({ message, todo }) => `${result} ${name}: ${message} | ${todo}`),
    );

describe('the network of a topology', () => {
  test('of which nothing is wrong is told so', () => {
    expect(told({})).toEqual([]);
    const passing = { eth0: { uso: true, gso: true } };
    expect(told({}, { veths: ['eth0'], offloads: passing })).toEqual([]);
    const ofUdp = topologyOf({ services: [serviceOf(1, { protocol: 'udp' })] });
    expect(told({ topology: ofUdp }, { offloads: passing })).toEqual([]);
    const topology = topologyOf({ role: 'node', tunnels: [tunnelOf(100, { pingIntervalMs: 1000 })] });
    expect(told({ topology, daemon: 'runs' })).toEqual([]);
    expect(told({ topology: topologyOf({ role: 'node' }) })).toEqual([]);
  });

  test.each<[string, string, Partial<Network>, Partial<NetworkFacts>]>([
    [
      'an interface that is missing',
      'failure interfaces: interface "eth9" does not exist here | interfaces here are eth0',
      {
        problems: [
          problem('interface-missing', 'interface "eth9" does not exist here', { hint: 'interfaces here are eth0' }),
        ],
      },
      {},
    ],
    [
      'strict rp_filter',
      'warning rp-filter: it is strict | sysctl -w x=2',
      { problems: [problem('strict-rp-filter', 'it is strict', { hint: 'make it loose: sysctl -w x=2' }, 'warning')] },
      {},
    ],
    [
      'a veth that passes UDP uncut',
      'warning offloads: eth0 is a veth that passes UDP uncut (UDP_SEGMENT, as QUIC sends): out of a tunnel at its other end it is lost | ' +
        'ethtool -K eth0 tx-udp-segmentation off',
      { topology: topologyOf({ services: [serviceOf(1, { protocol: 'udp' })] }) },
      { veths: ['eth0'], offloads: { eth0: { tso: true, gso: true, gro: true, lro: false, uso: true } } },
    ],
    [
      'pings that nobody sends',
      'warning pings: pings of tunnels 100, 200 are sent by a daemon, and none keeps "epic-1" here | ' +
        'trueingress watch -f FILE, or start its unit; without a daemon: trueingress ping --every 10s -i epic-1',
      {
        topology: topologyOf({ role: 'node', tunnels: [100, 200].map((id) => tunnelOf(id, { pingIntervalMs: 1000 })) }),
      },
      {},
    ],
    [
      'an interface that is down',
      'warning links: eth0 is down | ip link set eth0 up',
      { here: sound.here.map((one) => ({ ...one, up: false })) },
      {},
    ],
    [
      'a next hop that does not answer',
      'warning neighbours: 172.1.0.1 on eth0, the way to remote 172.1.0.3, does not answer (FAILED) | ping -c 3 -I eth0 172.1.0.1',
      {},
      { neighbours: [{ remote: '172.1.0.3', nextHop: '172.1.0.1', device: 'eth0', state: 'FAILED' }] },
    ],
    [
      'LRO',
      'warning offloads: eth0 joins received packets (LRO): what is forwarded cannot be taken apart again | ethtool -K eth0 lro off',
      {},
      { offloads: { eth0: { gso: true, lro: true } } },
    ],
    [
      'a socket on a local endpoint',
      'warning ports: a socket has 172.1.0.4:6080: it hears nothing of what is sent there | ss -ulpn sport = :6080',
      {},
      { udpPorts: [{ ip: '0.0.0.0', port: 6080 }] },
    ],
    [
      'a firewall in the way',
      'warning firewall: chain c (forward) drops what no rule accepts: packets out of tunnels need one | nft list ruleset',
      {},
      { filters: ['chain c (forward) drops what no rule accepts: packets out of tunnels need one'] },
    ],
    [
      'a program of others before ours',
      'warning other-programs: program 9 (other) is on eth0 ingress (tcx): what it takes or drops, ours never sees | bpftool prog show id 9',
      {},
      { programs: [foreign, ...quiet.programs] },
    ],
    ['no ethtool', 'skipped offloads: to look at it | apt-get install ethtool', {}, { offloads: undefined }],
  ])('with %s is told what to do', (_, expected, network, facts) => {
    expect(told(network, facts)).toEqual([expected]);
  });

  test('is not told of programs behind ours, nor of those on other interfaces', () => {
    expect(told({}, { programs: [...quiet.programs, foreign, { ...foreign, ifindex: 3 }] })).toEqual([]);
  });
});
