// The order of steps in which something that both ends know is changed, so that traffic flows after each of them.
// Each step is one apply on one host. Pure: steps are edits of the hosts' texts, and nothing is written here.
import { formatEndpoint, type Port } from '../net/endpoint.ts';
import type { Edit, ItemName, WrittenValue } from '../topology/edit.ts';
import { formatLocal } from '../topology/locals.ts';
import type { Service, Topology, Tunnel } from '../topology/topology.ts';
import { listed } from '../topology/wording.ts';
import { pairsOf, serviceName, type TwoEnds } from './pairs.ts';

/** One apply. */
export interface Step {
  /** Instance, as the host's file names it. */
  readonly host: string;
  readonly role: Topology['role'];
  /** `takes the new key as well`. */
  readonly does: string;
  readonly edits: readonly Edit[];
  /** What the operator does after the apply, before the next step. */
  readonly afterwards?: string;
}

/** Why there is no such order. */
export interface NoRotation {
  readonly refusal: string;
  readonly hint: string;
}

export type KeyReference = { readonly file: string } | { readonly env: string };

const ofService = ({ group, id }: Pick<Service, 'group' | 'id'>): ItemName => ({ list: 'services', group, id });
const ofTunnel = (id: number): ItemName => ({ list: 'tunnels', id });

/**
 * A key is sent only when everybody who receives it accepts it, and forgotten only when nobody sends it any more
 * (docs/OPERATING.md, "Changing a key").
 */
export function keyRotation(
  hosts: readonly Topology[],
  wanted: readonly Pick<Service, 'group' | 'id'>[],
  key: KeyReference,
): readonly Step[] | NoRotation {
  const names = new Set(wanted.map(serviceName));
  const own = ({ services }: Topology): Service[] => services.filter((service) => names.has(serviceName(service)));
  const lacking = wanted.find(
    (one) => !hosts.some(({ services }) => services.some((service) => serviceName(service) === serviceName(one))),
  );
  if (lacking)
    return { refusal: `no file has a service ${serviceName(lacking)}`, hint: 'see the files for their group and id' };
  for (const host of hosts)
    for (const service of own(host))
      if (service.previousKey !== 'none')
        return {
          refusal: `service ${serviceName(service)} of ${host.name} has a previousKey: a change of its key is under way`,
          hint: 'end that one first: the last step of a change takes previousKey out',
        };
  const change =
    (fields: Readonly<Record<string, WrittenValue>>, gone: readonly string[] = []) =>
    (service: Service): Edit => ({
      kind: 'change',
      item: ofService(service),
      fields,
      gone,
    });
  const on = (role: Topology['role'], does: string, edit: (service: Service) => Edit): Step[] =>
    hosts.flatMap((host) => {
      const edits = host.role === role ? own(host).map(edit) : [];
      return edits.length ? { host: host.name, role: host.role, does, edits } : [];
    });
  return [
    ...on('node', 'takes the new key as well', change({ previousKey: key })),
    ...on('gateway', 'sends the new key, and takes the old one still', change({ previousKey: { from: 'key' }, key })),
    ...on('node', 'sends the new key, and forgets the old one', change({ key }, ['previousKey'])),
    ...on('gateway', 'forgets the old key', change({}, ['previousKey'])),
  ];
}

/** Which end's port moves, of the tunnel with that end's number. */
export interface Move {
  readonly end: 'gateway' | 'node';
  readonly tunnel: number;
  readonly port: Port;
}

/**
 * A second tunnel beside the first, heard and taken from at both ends before anything is sent there; then the first goes. Its
 * number changes, since two of one number cannot stand side by side.
 */
export function portMove(ends: TwoEnds, { end, tunnel, port }: Move): readonly Step[] | NoRotation {
  const { gateway, node } = ends;
  const pair = pairsOf(ends).tunnels.find((one) => one[end].id === tunnel);
  if (!pair)
    return {
      refusal: `tunnel ${tunnel} of ${ends[end].topology.name} does not lead to the other end`,
      hint: 'is it the right file?',
    };
  if (pair.gateway.header === 'short')
    return {
      refusal: `tunnel ${tunnel} has the short header, which knows a tunnel by its two ends alone`,
      hint: 'move it in two applies, one on each host, and expect a gap between them',
    };
  if (pair[end].local.port === port)
    return { refusal: `tunnel ${tunnel} has port ${port} already`, hint: 'give another one with --port' };
  const services = {
    gateway: gateway.topology.services.filter(({ tunnels }) => tunnels.includes(pair.gateway.id)),
    node: node.topology.services.filter(({ tunnels }) => tunnels.includes(pair.node.id)),
  };
  const full = [...services.gateway, ...services.node].find(({ tunnels }) => tunnels.length >= 4);
  if (full)
    return {
      refusal: `service ${serviceName(full)} names four tunnels, and one more is needed for a while`,
      hint: 'take one of them out first',
    };

  const number = {
    gateway: freeNumber(gateway.topology, pair.gateway.id),
    node: freeNumber(node.topology, pair.node.id),
  };
  const moved = (one: Tunnel) => formatLocal(one, port);
  const gatewayFields = {
    id: number.gateway,
    ...(end === 'gateway' && { local: moved(pair.gateway) }),
    ...(end === 'node' &&
      pair.gateway.remote !== 'learned' && { remote: formatEndpoint({ ...pair.gateway.remote, port }) }),
  };
  const nodeFields = {
    id: number.node,
    remoteId: number.gateway,
    ...(end === 'node' && { local: moved(pair.node) }),
    ...(end === 'gateway' &&
      pair.node.remote !== 'learned' && { remote: formatEndpoint({ ...pair.node.remote, port }) }),
  };
  const name = (side: 'gateway' | 'node', edits: readonly Edit[], does: string, afterwards?: string): Step => ({
    host: ends[side].topology.name,
    role: side,
    does,
    edits,
    ...(afterwards !== undefined && { afterwards }),
  });
  const tunnelsOf = (side: 'gateway' | 'node', list: (old: readonly number[]) => readonly number[]): Edit[] =>
    services[side].map((service) => {
      const ids = list(service.tunnels);
      return { kind: 'change', item: ofService(service), fields: { tunnel: ids.length === 1 ? (ids[0] ?? 0) : ids } };
    });
  const instead =
    (id: number, ...others: readonly number[]) =>
    (old: readonly number[]): number[] =>
      old.flatMap((one) => (one === id ? others : one));
  const [oldNear, newNear] = [pair.gateway.id, number.gateway];
  const [oldFar, newFar] = [pair.node.id, number.node];
  const titles = listed([...new Set(services.gateway.map(serviceName))], 'and', 5);
  return [
    name(
      'gateway',
      [
        { kind: 'copy', item: ofTunnel(oldNear), fields: gatewayFields },
        ...tunnelsOf('gateway', instead(oldNear, oldNear, newNear)),
      ],
      `opens tunnel ${newNear} beside ${oldNear}, and takes replies and pings of both`,
    ),
    name(
      'node',
      [
        { kind: 'copy', item: ofTunnel(oldFar), fields: nodeFields },
        ...tunnelsOf('node', instead(oldFar, oldFar, newFar)),
      ],
      `opens tunnel ${newFar} beside ${oldFar}`,
      pair.gateway.remote === 'learned'
        ? `trueingress ping --once -i ${node.topology.name}, until \`status\` of ${gateway.topology.name} shows the remote of tunnel ${newNear}`
        : undefined,
    ),
    name(
      'gateway',
      tunnelsOf('gateway', instead(oldNear, newNear, oldNear)),
      `sends through tunnel ${newNear}${titles && ` (service ${titles})`}`,
    ),
    name(
      'node',
      [...tunnelsOf('node', instead(oldFar, newFar)), { kind: 'remove', item: ofTunnel(oldFar) }],
      `closes tunnel ${oldFar}`,
    ),
    name(
      'gateway',
      [...tunnelsOf('gateway', instead(oldNear, newNear)), { kind: 'remove', item: ofTunnel(oldNear) }],
      `closes tunnel ${oldNear}`,
    ),
  ];
}

/** The next one that this host does not use. */
function freeNumber({ tunnels }: Topology, from: number): number {
  const taken = new Set(tunnels.map(({ id }) => id));
  let id = from + 1;
  while (taken.has(id) || id > 0xffff_ffff) id = id > 0xffff_ffff ? 1 : id + 1;
  return id;
}
