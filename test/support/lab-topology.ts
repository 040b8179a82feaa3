// Topologies for the lab's hosts, as a user would write them, and the commands that bring them to a host.
// JSON is YAML: a test states an object, the product reads a file.
import { isDrop, verdicts } from '../../src/tables/verdicts.ts';
import type { Lab } from './lab.ts';
import { addressesOf, endpointOf, type Family, families, inIpv6 } from './lab-network.ts';
import type { Finished } from './lab-process.ts';
import { patience } from './patience.ts';

export type Gateway = 'gateway1' | 'gateway2';
export type Node = 'node1' | 'node2';

export interface WrittenTunnel {
  readonly id: number;
  readonly local: string;
  readonly remote: string;
  readonly remoteId?: number;
  readonly mtu?: number;
  readonly header?: 'keyed' | 'short';
  readonly source?: 'strict' | 'by-key';
  readonly sourcePort?: 'local' | 'flow-hash';
  readonly sign?: { readonly key: string; readonly required?: boolean };
  readonly allowFrom?: readonly string[];
  readonly movesPerMinute?: number;
  readonly ping?: { readonly interval: string };
}

export interface WrittenService {
  readonly name: string;
  readonly group: number;
  readonly id: number;
  readonly protocol: 'tcp' | 'udp';
  readonly proxy: string;
  readonly endpoint: string;
  readonly tunnel: number | readonly number[];
  readonly key: string;
  readonly previousKey?: string;
  readonly mode?: 'standard' | 'dso';
  readonly via?: string;
  readonly fallback?: 'first' | 'pass';
  readonly echo?: 'pass' | 'answer' | 'carry';
}

export interface Parts {
  readonly tunnels: readonly WrittenTunnel[];
  readonly services: readonly WrittenService[];
  readonly interfaces?: readonly (string | { readonly name: string; readonly flags: WrittenFlags })[];
  /** `fib` at egress when not given. */
  readonly flags?: WrittenFlags;
}

export interface WrittenFlags {
  readonly ingress?: readonly ('gue' | 'fwd' | 'dump')[];
  readonly egress?: readonly ('proxy' | 'fwd' | 'dump' | 'fib')[];
}

/** What travels in a tunnel, and what carries the tunnel. */
export interface Combination {
  readonly inner: Family;
  readonly outer: Family;
}

export const combinations: readonly Combination[] = families.flatMap((outer) =>
  families.map((inner) => ({ inner, outer })),
);

/** Two ends that know each other, with the same number on both. */
function staticTunnel(id: number, gateway: Gateway, node: Node, outer: Family) {
  const [left, right] = [gateway, node].map((host) => endpointOf(addressesOf[outer][host], 6080));
  if (left === undefined || right === undefined) throw new Error('a tunnel has two ends');
  return { gateway: { id, local: left, remote: right }, node: { id, local: right, remote: left } } as const;
}

/** gateway1 ↔ node1, both ends static, over either family. */
export const tunnel100Over = (outer: Family) => staticTunnel(100, 'gateway1', 'node1', outer);
export const tunnel100 = tunnel100Over('IPv4');

/** gateway2 ↔ node1, both ends static. */
export const tunnel200 = staticTunnel(200, 'gateway2', 'node1', 'IPv4');

/** gateway1 ↔ node2 (over IPv4 behind NAT): the gateway learns where node2 is. */
export function tunnel101Over(outer: Family) {
  const { gateway, node } = staticTunnel(101, 'gateway1', 'node2', outer);
  return { gateway: { ...gateway, remote: 'learned' }, node: { ...node, id: 1, remoteId: 101 } } as const;
}
export const tunnel101 = tunnel101Over('IPv4');

export const web: WrittenService = {
  name: 'web',
  group: 2,
  id: 1,
  protocol: 'tcp',
  proxy: '5.5.5.5:3100',
  endpoint: '1.1.1.1:4000',
  tunnel: 100,
  key: 'Pa55w0rd1234567',
};

export const second: WrittenService = {
  ...web,
  name: 'second',
  id: 2,
  proxy: '5.5.5.5:3101',
  endpoint: '1.1.1.1:4001',
  key: 'another-key',
};

/** The same endpoint number as `web`, but UDP: services differ by protocol too. */
export const echo: WrittenService = { ...web, name: 'echo', id: 3, protocol: 'udp', key: 'third-key' };

/** Long transfers: no server listens until a test starts one. */
export const bulk: WrittenService = {
  ...web,
  name: 'bulk',
  id: 5,
  proxy: '5.5.5.5:3102',
  endpoint: '1.1.1.1:4002',
  key: 'bulk-key',
};

/** On node2, through the tunnel whose remote is learned. */
export const hidden: WrittenService = {
  ...web,
  name: 'hidden',
  id: 4,
  proxy: '5.5.5.6:3100',
  tunnel: 101,
  key: 'hidden-key',
};

/** The same service on the addresses beside its own, as a service of its own. */
export function inFamily(service: WrittenService, inner: Family): WrittenService {
  if (inner === 'IPv4') return service;
  const moved = (endpoint: string): string => {
    const [address = '', port = ''] = endpoint.split(':');
    return endpointOf(inIpv6(address), port);
  };
  return {
    ...service,
    name: `${service.name}6`,
    group: service.group + 4,
    proxy: moved(service.proxy),
    endpoint: moved(service.endpoint),
  };
}

/** The topology text of a host. */
export function topologyText(lab: Lab, host: Gateway | Node, parts: Parts): string {
  const written = {
    apiVersion: 'trueingress/v1',
    name: lab.instance(host),
    role: host.startsWith('gateway') ? 'gateway' : 'node',
    interfaces: parts.interfaces ?? ['eth0'],
    flags: parts.flags ?? { egress: ['fib'] },
    tunnels: parts.tunnels,
    services: parts.services,
  };
  return `${JSON.stringify(written, undefined, 2)}\n`;
}

/** Labs go from anything to anything, on purpose; hosts of one machine wait for each other. */
const unguarded = ['--allow-empty', '--max-deletions', '100%', '--lock-timeout', `${20 * patience}s`];

/** `trueingress apply` of these parts on a host, whatever comes of it; `object` instead of the lab's. */
export async function tryApply(lab: Lab, host: Gateway | Node, parts: Parts, object?: string): Promise<Finished> {
  const file = lab.write(`${host}.yaml`, topologyText(lab, host, parts));
  const env = object === undefined ? {} : { TRUEINGRESS_OBJECT: object };
  return await lab.trueingress(host, ['apply', '-f', file, ...unguarded], { env });
}

/** The same, and wants exit code 0. */
export async function apply(lab: Lab, host: Gateway | Node, parts: Parts): Promise<void> {
  const finished = await tryApply(lab, host, parts);
  if (finished.code !== 0)
    throw new Error(`apply on ${host} ended with ${finished.code}: ${finished.stderr}${finished.stdout}`);
}

/** The same on several hosts at once. */
export async function applyAll(lab: Lab, parts: Readonly<Partial<Record<Gateway | Node, Parts>>>): Promise<void> {
  const hosts = Object.keys(parts) as (keyof typeof parts)[];
  await Promise.all(hosts.map(async (host) => parts[host] && (await apply(lab, host, parts[host]))));
}

/** One service text for both ends of the static tunnel between gateway1 and node1. */
export async function applyBoth(lab: Lab, services: readonly WrittenService[], outer: Family = 'IPv4'): Promise<void> {
  const { gateway, node } = tunnel100Over(outer);
  await applyAll(lab, { node1: { tunnels: [node], services }, gateway1: { tunnels: [gateway], services } });
}

/** A ping to each gateway, as an operator of a node would type it. */
export async function ping(lab: Lab, host: Node): Promise<Finished> {
  return await lab.trueingress(host, ['ping', '--once', '-i', lab.instance(host)]);
}

const hookNames = ['ingress', 'egress'] as const;
type HookName = (typeof hookNames)[number];

interface StatsDocument {
  readonly hooks: Readonly<Record<HookName, Readonly<Record<string, { readonly packets: number }>>>>;
}

async function stats(lab: Lab, host: Gateway | Node): Promise<StatsDocument> {
  const finished = await lab.trueingress(host, ['stats', '--json', '-i', lab.instance(host)]);
  if (finished.code !== 0) throw new Error(`stats ended with ${finished.code}: ${finished.stderr}`);
  return JSON.parse(finished.stdout);
}

/** Packets counted under a verdict since the instance was made. */
export async function verdict(lab: Lab, host: Gateway | Node, direction: HookName, name: string): Promise<number> {
  return (await stats(lab, host)).hooks[direction][name]?.packets ?? 0;
}

/** What a host has dropped since its instance was made, by hook and verdict; empty: nothing. */
export async function drops(lab: Lab, host: Gateway | Node): Promise<Record<string, number>> {
  const { hooks } = await stats(lab, host);
  const counted = hookNames.flatMap((hook) =>
    verdicts.filter(isDrop).map(({ name }): [string, number] => [`${hook} ${name}`, hooks[hook][name]?.packets ?? 0]),
  );
  return Object.fromEntries(counted.filter(([, packets]) => packets > 0));
}

/** Of both ends of the tunnel between gateway1 and node1. */
export async function dropsOfBoth(lab: Lab): Promise<Record<'gateway1' | 'node1', Record<string, number>>> {
  const [gateway1, node1] = await Promise.all([drops(lab, 'gateway1'), drops(lab, 'node1')]);
  return { gateway1, node1 };
}
