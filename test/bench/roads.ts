// Four roads from the lab's client to node1 over cables of their own: plain forwarding, the kernel's VXLAN, our tunnel, and the
// least that a tunnel in BPF can do (bpf/bare.bpf.c). Each leads to an address of its own at node1, where a server listens.
// Programs are attached on their own road alone.
//
//   client .2 ── near 10.9.0.0/24, MTU 1500 ── .4 gateway1 .4 ── far 172.9.0.0/24, MTU 1600 ── .3 node1
import { join } from 'node:path';
import type { Lab } from '../support/lab.ts';
import { must } from '../support/lab-process.ts';
import { apply, type Gateway, type Node, type Parts, type WrittenService } from '../support/lab-topology.ts';
import { benchProgram } from './compile.ts';

export const roads = ['plain', 'vxlan', 'bare', 'ours'] as const;
export type Road = (typeof roads)[number];

/** What the client asks for, and where at node1 it arrives. */
export const ends: Readonly<Record<Road, { readonly asked: string; readonly server: string }>> = {
  plain: { asked: '1.1.1.2:4100', server: '1.1.1.2:4100' },
  vxlan: { asked: '1.1.1.3:4100', server: '1.1.1.3:4100' },
  bare: { asked: '1.1.1.4:4100', server: '1.1.1.4:4100' },
  ours: { asked: '5.5.5.5:4100', server: '1.1.1.1:4100' },
};

const client = '10.9.0.2';
const nearGateway = '10.9.0.4';
const gateway = '172.9.0.4';
const node = '172.9.0.3';
const inside = { gateway: '192.168.99.1', node: '192.168.99.2' } as const;
const vxlanNumber = 42;
const roomyMtu = 1600;

/** By host, lines for `ip -batch`. Next hops are such that our programs need look none up. */
const ways: Readonly<Record<'client' | 'gateway1' | 'node1', readonly string[]>> = {
  client: ['1.1.1.2', '1.1.1.3', '1.1.1.4', '5.5.5.5'].map((address) => `route add ${address}/32 via ${nearGateway}`),
  gateway1: [
    ...vxlan(gateway, node, inside.gateway),
    `route add 5.5.5.5/32 via ${node}`,
    `route add 1.1.1.2/32 via ${node}`,
    `route add 1.1.1.4/32 via ${node}`,
    `route add 1.1.1.3/32 via ${inside.node} dev vx0`,
  ],
  node1: [
    ...vxlan(node, gateway, inside.node),
    'address add 1.1.1.3/32 dev lo',
    'address add 1.1.1.4/32 dev lo',
    `route add ${client}/32 via ${gateway}`,
    `route add ${client}/32 via ${inside.gateway} dev vx0 table 8`,
    'rule add from 1.1.1.3 table 8',
  ],
};

function vxlan(local: string, remote: string, address: string): string[] {
  return [
    `link add vx0 type vxlan id ${vxlanNumber} local ${local} remote ${remote} dstport 4789 dev far`,
    `address add ${address}/24 dev vx0`,
    'link set vx0 up',
  ];
}

export async function layRoads(lab: Lab): Promise<void> {
  await lab.connect(
    { host: 'client', device: 'near', cidrs: [`${client}/24`] },
    { host: 'gateway1', device: 'near', cidrs: [`${nearGateway}/24`] },
  );
  await lab.connect(
    { host: 'gateway1', device: 'far', mtu: roomyMtu, cidrs: [`${gateway}/24`] },
    { host: 'node1', device: 'far', mtu: roomyMtu, cidrs: [`${node}/24`] },
  );
  for (const [host, lines] of [
    ['client', ways.client],
    ['gateway1', ways.gateway1],
    ['node1', ways.node1],
  ] as const)
    await must([...lab.enter(host), 'ip', '-batch', '-'], { input: `${lines.join('\n')}\n` });
  const [, port] = ends.ours.asked.split(':');
  const service = (protocol: 'tcp' | 'udp', id: number): WrittenService => ({
    name: `load-${protocol}`,
    group: 2,
    id,
    protocol,
    proxy: ends.ours.asked,
    endpoint: `1.1.1.1:${port}`,
    tunnel: tunnelId,
    key: `key-${protocol}`,
  });
  const parts: Omit<Parts, 'tunnels'> = {
    services: [service('tcp', 1), service('udp', 2)],
    interfaces: ['far'],
    flags: {},
  };
  await apply(lab, 'node1', { ...parts, tunnels: [tunnel(node, gateway)] });
  await apply(lab, 'gateway1', { ...parts, tunnels: [tunnel(gateway, node)] });
  await command(lab, 'detach', '--yes');
  await must(['bpftool', 'prog', 'loadall', benchProgram('bare'), barePins(lab), 'type', 'classifier']);
}

const tunnelId = 100;

function tunnel(local: string, remote: string): Parts['tunnels'][number] {
  return { id: tunnelId, local: `${local}:6080`, remote: `${remote}:6080` };
}

/** Makes a road the one that is used from then on; the last one is left. */
export function roadTaker(lab: Lab): (road: Road) => Promise<void> {
  let last: Road | undefined;
  return async (road) => {
    if (road !== last) await changeRoad(lab, road, last);
    last = road;
  };
}

async function changeRoad(lab: Lab, road: Road, last: Road | undefined): Promise<void> {
  if (last === 'ours') await command(lab, 'detach', '--yes');
  if (last === 'bare') await onBothEnds(lab, ['tc', 'qdisc', 'delete', 'dev', 'far', 'clsact']);
  if (road === 'ours') await command(lab, 'attach');
  if (road !== 'bare') return;
  await onBothEnds(lab, ['tc', 'qdisc', 'add', 'dev', 'far', 'clsact']);
  for (const [hook, program] of [
    ['ingress', 'in'],
    ['egress', 'out'],
  ] as const)
    await onBothEnds(lab, [
      'tc',
      'filter',
      'add',
      'dev',
      'far',
      hook,
      'bpf',
      'da',
      'pinned',
      join(barePins(lab), program),
    ]);
}

function barePins(lab: Lab): string {
  return join(lab.bpffs, 'bare');
}

async function onBothEnds(lab: Lab, argv: readonly string[]): Promise<void> {
  for (const host of ['node1', 'gateway1'] as const) await lab.exec(host, argv);
}

async function command(lab: Lab, ...words: readonly string[]): Promise<void> {
  for (const host of ['node1', 'gateway1'] satisfies (Gateway | Node)[]) {
    const finished = await lab.trueingress(host, [...words, '-i', lab.instance(host)]);
    if (finished.code !== 0) throw new Error(`${words.join(' ')} on ${host}: ${finished.stderr}${finished.stdout}`);
  }
}

const devices = [
  ['client', 'near'],
  ['gateway1', 'near'],
  ['gateway1', 'far'],
  ['gateway1', 'vx0'],
  ['node1', 'far'],
  ['node1', 'vx0'],
] as const;

/** Whether packets are longer than the wire's on their way through the hosts; without, every segment is a packet everywhere. */
export async function switchOffloads(lab: Lab, on: boolean): Promise<void> {
  const word = on ? 'on' : 'off';
  for (const [host, device] of devices)
    await lab.exec(host, ['ethtool', '-K', device, 'tso', word, 'gso', word, ...(on ? [] : ['gro', 'off'])]);
}
