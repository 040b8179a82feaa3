// Who takes part in a fuzzed scene: tunnels, services, clients, and what is wrong with their rows. Made of choices; rows.ts makes rows
// of it, packets.ts frames.
import type { Endpoint, Protocol } from '../../src/net/endpoint.ts';
import { type Family, familyOf } from '../../src/net/ip.ts';
import type { Prefix } from '../../src/net/prefix.ts';
import { overheadOf } from '../../src/packet/gue.ts';
import type { Role } from '../../src/topology/topology.ts';
import { addresses, at } from './addresses.ts';
import type { Choices } from './choices.ts';
import { devices } from './place.ts';

export interface CastTunnel {
  readonly id: number;
  readonly local: Endpoint;
  /** Where its far end is, as far as it is known or will be. */
  readonly remote: Endpoint;
  readonly learned: boolean;
  readonly remoteId: number;
  readonly mtu: number;
  readonly short: boolean;
  readonly strict: boolean;
  readonly hashPort: boolean;
  readonly sign: 'none' | 'accepted' | 'required';
  readonly signKey: Uint8Array;
  readonly allow: readonly Prefix[];
  readonly movesPerMinute: number;
  /** Seconds from now, since when it has been there. */
  readonly epochS: number;
  readonly lacks: 'nothing' | 'row' | 'remote';
  /** Seconds from now of its PATH row's end, and what that says. */
  readonly path: { readonly untilS: number; readonly mtu: number } | undefined;
  readonly peer: CastPeer | undefined;
}

export interface CastPeer {
  readonly isOfThisEpoch: boolean;
  /** Seconds from now; undefined: no signed ping yet. */
  readonly sequenceS: number | undefined;
  readonly minuteS: number;
  readonly movesInMinute: number;
}

export interface CastService {
  readonly group: number;
  readonly service: number;
  readonly protocol: Protocol;
  readonly proxy: Endpoint;
  readonly endpoint: Endpoint;
  readonly tunnels: readonly number[];
  readonly key: Uint8Array;
  readonly previousKey: Uint8Array | undefined;
  readonly via: number;
  readonly dso: boolean;
  readonly pass: boolean;
  readonly flow: boolean;
  readonly echo: 'none' | 'carry' | 'answer';
  readonly lacks: 'nothing' | 'verify' | 'encap' | 'nat' | 'endpoint';
}

export interface CastFlow {
  readonly service: CastService;
  readonly client: Endpoint;
  readonly tunnel: number;
  /** Whose row it is. */
  readonly owner: CastService;
  readonly isEcho: boolean;
}

export interface Cast {
  readonly role: Role;
  readonly tunnels: readonly [CastTunnel, ...CastTunnel[]];
  readonly services: readonly [CastService, ...CastService[]];
  readonly flows: readonly CastFlow[];
  readonly flags: { readonly ingress: number; readonly egress: number };
  readonly ifindex: number;
  /** Interfaces by which forwarded packets enter the host, the usual one first. */
  readonly entries: readonly [number, ...number[]];
}

const viaAny = 0;
const viaLocal = 0xffffffff;
export const clientPorts = [40000, 40001] as const;
/** Of echo. */
export const identifiers = [7, 8] as const;

export function castFrom(c: Choices): Cast {
  const role = c.of<Role>(['gateway', 'node']);
  const families = c.of<readonly [Family, ...Family[]]>([[4], [4, 6], [6]]);
  const [first, ...more] = Array.from({ length: 1 + c.upTo(3) }, (_, number) => tunnelFrom(c, role, families, number));
  if (!first) throw new RangeError('no tunnel');
  const tunnels = [first, ...more] as const;
  const ids = tunnels.map(({ id }) => id);
  const [one, ...others] = Array.from({ length: 1 + c.upTo(3) }, (_, number) =>
    serviceFrom(c, role, families, ids, number),
  );
  if (!one) throw new RangeError('no service');
  const services = [one, ...others] as const;
  return {
    role,
    tunnels,
    services,
    flows: role === 'node' ? Array.from({ length: c.upTo(8) }, () => flowFrom(c, services, ids)) : [],
    flags: { ingress: c.rarely(5) ? 4 : 0, egress: c.weighted([12, 0], [3, 16], [1, 4], [2, 20]) },
    ifindex: c.rarely(16) ? devices.quiet : devices.wire,
    entries: [devices.wire, devices.quiet],
  };
}

const tunnelIds = [1, 2, 7, 0xffffffff] as const;

function tunnelFrom(c: Choices, role: Role, families: readonly [Family, ...Family[]], number: number): CastTunnel {
  const family = c.of(families);
  const { local, remote } = addresses[family];
  const learned = role === 'gateway' && c.rarely(2);
  const id = tunnelIds[number] ?? number;
  const short = !learned && c.rarely(4);
  const mtu = c.weighted([4, 1500], [2, 1400], [2, family === 4 ? 576 : 1280], [1, 3000]);
  return {
    id,
    local: at(c.of(local), c.weighted([3, 6080], [1, 6081])),
    remote: at(c.of(remote), c.weighted([3, 6080], [1, 50000])),
    learned,
    remoteId: c.of([id, 7, 9]),
    mtu,
    short,
    strict: c.rarely(4),
    hashPort: c.rarely(6) && !process.env.F9,
    sign: c.weighted([3, 'none'], [3, 'accepted'], [1, 'required']),
    signKey: keyOf(100 + number),
    allow: c.rarely(4) ? [prefixFrom(c, family), ...(c.rarely(2) ? [prefixFrom(c, family)] : [])] : [],
    movesPerMinute: c.weighted([3, 0], [2, 1], [1, 2]),
    epochS: c.rarely(16) ? 30 : -1000,
    lacks: c.weighted([30, 'nothing'], [2, 'row'], [2, 'remote']),
    path: c.rarely(4) ? { untilS: c.rarely(4) ? -1 : 300, mtu: mtu - c.of([100, 1, 200]) } : undefined,
    peer: learned && !c.rarely(4) ? peerFrom(c) : undefined,
  };
}

function peerFrom(c: Choices): CastPeer {
  return {
    isOfThisEpoch: !c.rarely(6),
    sequenceS: c.weighted([2, undefined], [2, -20], [1, -2000]),
    minuteS: c.of([-5, -90]),
    movesInMinute: c.upTo(2),
  };
}

function prefixFrom(c: Choices, family: Family): Prefix {
  const pool = addresses[family];
  const ip = c.of([pool.remote[0], ...pool.remote.slice(1), pool.client[0]]);
  if (c.rarely(4))
    return family === 4 ? { ip: '172.16.0.0' as Prefix['ip'], bits: 12 } : { ip: '::' as Prefix['ip'], bits: 0 };
  return { ip, bits: family === 4 ? 32 : 128 };
}

const identities = [
  [2, 1],
  [0, 0],
  [0, 1],
  [65535, 65535],
] as const;

function serviceFrom(
  c: Choices,
  role: Role,
  families: readonly [Family, ...Family[]],
  ids: readonly number[],
  number: number,
): CastService {
  const pool = addresses[c.of(families)];
  const [group, service] = identities[number] ?? [number, number];
  const from = c.upTo(ids.length - 1);
  const count = role === 'gateway' ? 1 : 1 + c.upTo(ids.length - 1);
  const isPass = role === 'node' && c.rarely(6);
  return {
    group,
    service,
    protocol: c.of(['tcp', 'udp']),
    proxy: at(c.of(pool.proxy), c.of([80, 443])),
    endpoint: at(c.of(pool.endpoint), c.of([80, 4000])),
    tunnels: [...ids.slice(from), ...ids.slice(0, from)].slice(0, count),
    key: keyOf(number),
    previousKey: c.rarely(3) ? keyOf(50 + number) : undefined,
    via: role === 'gateway' ? c.weighted([9, viaAny], [1, viaLocal], [1, devices.wire], [1, devices.quiet]) : viaAny,
    dso: role === 'node' && c.rarely(4),
    pass: isPass,
    flow: isPass || count > 1 || c.rarely(4),
    echo: c.weighted([2, 'none'], [2, 'carry'], [1, 'answer']),
    lacks: c.weighted([40, 'nothing'], [1, 'verify'], [1, 'encap'], [1, 'nat'], [1, 'endpoint']),
  };
}

function flowFrom(c: Choices, services: Cast['services'], ids: readonly number[]): CastFlow {
  const service = c.of(services);
  const { client } = addresses[familyOf(service.endpoint.ip)];
  const isEcho = c.rarely(3);
  return {
    service,
    client: at(c.of(client), isEcho ? c.of(identifiers) : c.of(clientPorts)),
    tunnel: ids[c.upTo(ids.length - 1)] ?? 0,
    owner: c.rarely(4) ? c.of(services) : service,
    isEcho,
  };
}

/** Different for each number, in many bits. */
export function keyOf(number: number): Uint8Array {
  return Uint8Array.from({ length: 16 }, (_, place) => (number * 37 + place * 11 + 1) & 0xff);
}

/** Bytes of the longest packets that a tunnel takes, by its row and by its path: sizes at which something changes. */
export function fittingSizes({ tunnels }: Cast): number[] {
  return tunnels.flatMap(({ local, short, mtu, path }) => {
    const overhead = overheadOf(familyOf(local.ip), short ? 'short' : 'keyed');
    return [mtu - overhead, ...(path ? [path.mtu - overhead] : [])];
  });
}
