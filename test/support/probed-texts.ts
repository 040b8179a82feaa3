// A gateway and a node for probes to prove, with expectations; and what a small change to each is.
import { readTopology } from '../../src/topology/read.ts';
import type { Topology } from '../../src/topology/topology.ts';

const request = 'tcp 198.51.100.7:40000 > 5.5.5.5:3100';

export const probedTexts = {
  gateway: `apiVersion: trueingress/v1
name: epic-1
role: gateway
interfaces: [eth0]
tunnels:
  - {id: 100, local: 172.1.0.4:6080, remote: 172.1.0.3:6080}
  - {id: 101, local: 172.1.0.4:6090, remote: 172.1.0.7:6080}
  - {id: 200, local: 172.1.0.4:6080, remote: learned}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: 5.5.5.5:3100, tunnel: 100, key: Pa55w0rd1234567, echo: answer}
  - {name: dns, group: 2, id: 2, protocol: udp, proxy: 5.5.5.6:53, tunnel: 101, key: other-key}
  - {name: shop, group: 3, id: 1, protocol: tcp, proxy: 5.5.5.7:443, tunnel: 200, key: third-key, previousKey: old-key}
expect:
  - {packet: '${request}', verdict: encapsulated, tunnel: 100, service: web, out: '${request}'}
  - {packet: 'udp 198.51.100.7:5353 > 8.8.8.8:53', verdict: pass-not-ours}
  - {packet: 'tcp 198.51.100.7:1 > 5.5.5.7:443', verdict: no-remote, tunnel: 200}
  - {packet: ping tunnel 200 from 192.0.2.9:41000, verdict: ping-accepted, tunnel: 200}
  - {packet: 'tcp 198.51.100.7:1 > 5.5.5.7:443', verdict: encapsulated, tunnel: 200}
`,
  node: `apiVersion: trueingress/v1
name: node-1
role: node
interfaces: [eth0]
tunnels:
  - {id: 1, local: 172.1.0.3:6080, remote: 172.1.0.4:6080}
  - {id: 2, local: 172.1.0.3:6080, remote: 172.1.0.5:6080}
services:
  - {name: web, group: 2, id: 1, protocol: tcp, proxy: 5.5.5.5:3100, endpoint: 1.1.1.1:4000, tunnel: [1, 2], key: Pa55w0rd1234567}
  - {name: dns, group: 2, id: 2, protocol: udp, proxy: 5.5.5.6:53, endpoint: 1.1.1.2:53, tunnel: 1, key: other-key, mode: dso}
expect:
  - {packet: '${request} in tunnel 2', verdict: decapsulated, tunnel: 2, out: 'tcp 198.51.100.7:40000 > 1.1.1.1:4000'}
  - {packet: 'tcp 1.1.1.1:4000 > 198.51.100.7:40000 syn ack', verdict: encapsulated, tunnel: 2, service: web}
`,
} as const;

export type ProbedRole = keyof typeof probedTexts;

export async function probedTopology(
  role: ProbedRole,
  changes: readonly (readonly [string, string])[] = [],
): Promise<Topology> {
  const text = changes.reduce((at, [from, to]) => {
    if (!at.includes(from)) throw new Error(`no ${from} in the text`);
    return at.replaceAll(from, to);
  }, probedTexts[role] as string);
  const { topology, problems } = await readTopology([{ file: `${role}.yaml`, text, directory: '.' }]);
  if (!topology) throw new Error(problems.map(({ message }) => message).join('; '));
  return topology;
}

/** Every service has other rows. */
export const changedKeys: Readonly<Record<ProbedRole, readonly (readonly [string, string])[]>> = {
  gateway: [
    ['Pa55w0rd1234567', 'An0therPa55'],
    ['other-key', 'second-key'],
    ['third-key', 'fourth-key'],
  ],
  node: [
    ['Pa55w0rd1234567', 'An0therPa55'],
    ['other-key', 'second-key'],
  ],
};
