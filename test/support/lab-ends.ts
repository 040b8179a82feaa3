// Changes of two hosts as `trueingress rotate` orders them, played step by step while datagrams flow: for the lab test and for
// `make evidence`.
import { chmodSync } from 'node:fs';
import type { Lab } from './lab.ts';
import {
  echo,
  hidden,
  type Node,
  type Parts,
  ping,
  topologyText,
  tunnel100,
  tunnel101,
  type WrittenService,
} from './lab-topology.ts';
import { type FlowResult, startFlow } from './lab-traffic.ts';
import { bearable, patience } from './patience.ts';

export interface Change {
  readonly name: string;
  readonly node: Node;
  readonly parts: { readonly gateway: Parts; readonly node: Parts };
  readonly service: WrittenService;
  /** Behind -f and --peer. */
  readonly words: readonly string[];
  /** Whose file is -f. */
  readonly of: 'gateway' | 'node';
}

const hiddenEcho: WrittenService = { ...hidden, protocol: 'udp', name: 'hidden-echo', id: 6 };
const known = {
  node: 'node1',
  parts: {
    gateway: { tunnels: [tunnel100.gateway], services: [echo] },
    node: { tunnels: [tunnel100.node], services: [echo] },
  },
  service: echo,
} as const;

/** Behind NAT, known by its pings alone. */
const learned = {
  node: 'node2',
  parts: {
    gateway: { tunnels: [tunnel101.gateway], services: [hiddenEcho] },
    node: { tunnels: [tunnel101.node], services: [{ ...hiddenEcho, tunnel: tunnel101.node.id }] },
  },
  service: hiddenEcho,
} as const;

export const changes: readonly Change[] = [
  { ...known, of: 'gateway', name: "a service's key", words: ['--service', '2/3', '--key', 'file:next.key'] },
  { ...known, of: 'gateway', name: "the gateway's port", words: ['--tunnel', '100', '--port', '6081'] },
  { ...known, of: 'node', name: "the node's port", words: ['--tunnel', '100', '--port', '6082'] },
  {
    ...learned,
    of: 'gateway',
    name: 'the port of a gateway that learns',
    words: ['--tunnel', '101', '--port', '6083'],
  },
  { ...learned, of: 'node', name: 'the port of a node behind NAT', words: ['--tunnel', '1', '--port', '6084'] },
];

export interface Rotated {
  readonly steps: number;
  readonly exits: readonly number[];
  readonly flow: FlowResult;
}

interface Step {
  readonly role: 'gateway' | 'node';
  readonly file: string;
  readonly afterwards?: string;
}

/** Both hosts as they were, a flow, and then the steps in their order. */
export async function rotateByPlan(lab: Lab, change: Change): Promise<Rotated> {
  const hosts = { gateway: 'gateway1', node: change.node } as const;
  const files = {
    gateway: lab.write('ends-gateway.yaml', topologyText(lab, hosts.gateway, change.parts.gateway)),
    node: lab.write('ends-node.yaml', topologyText(lab, hosts.node, change.parts.node)),
  };
  // Beside the files, which name it by a path relative to themselves.
  chmodSync(lab.write('next.key', 'the-next-key'), 0o600);
  for (const end of ['node', 'gateway'] as const) await mustApply(lab, hosts[end], files[end]);
  await mustPing(lab, change);

  const peer = change.of === 'gateway' ? 'node' : 'gateway';
  const rotate = ['rotate', '-f', files[change.of], '--peer', files[peer], ...change.words, '--write-steps', '--json'];
  const planned = await lab.trueingress('gateway1', rotate);
  if (planned.code !== 0) throw new Error(`rotate ended with ${planned.code}: ${planned.stdout}`);
  const { steps }: { steps: readonly Step[] } = JSON.parse(planned.stdout);

  const load = { perSecond: bearable(2000), count: bearable(200_000), seconds: 90 * patience };
  const { proxy, endpoint } = change.service;
  const flow = await startFlow(lab, { to: proxy, at: change.node, endpoint, ...load });
  const exits: number[] = [];
  for (const { role, file, afterwards } of steps) {
    exits.push((await lab.trueingress(hosts[role], ['apply', '-f', file])).code);
    if (afterwards !== undefined) await mustPing(lab, change);
  }
  return { steps: steps.length, exits, flow: await flow.stop() };
}

async function mustApply(lab: Lab, host: 'gateway1' | Node, file: string): Promise<void> {
  const { code, stderr } = await lab.trueingress(host, ['apply', '-f', file]);
  if (code !== 0) throw new Error(`apply on ${host} ended with ${code}: ${stderr}`);
}

/** Until the gateway has heard the node on every tunnel; nothing to do where it knows it. */
async function mustPing(lab: Lab, { node, parts }: Change): Promise<void> {
  if (!parts.gateway.tunnels.some(({ remote }) => remote === 'learned')) return;
  for (let left = 20; left > 0; left--) {
    await ping(lab, node);
    const { stdout } = await lab.trueingress('gateway1', ['status', '--json', '-i', lab.instance('gateway1')]);
    const { tunnels }: { tunnels: readonly { readonly learned?: unknown }[] } = JSON.parse(stdout);
    if (tunnels.every(({ learned }) => learned)) return;
  }
  throw new Error(`the gateway has not heard ${node} on every tunnel`);
}
