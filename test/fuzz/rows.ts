// The rows of a cast, configured and learned, in the words of the descriptors; packed once for the kernel's maps and for the model's.
import type { Layout } from '../../src/layout/layout.ts';
import { protocolNumbers } from '../../src/net/endpoint.ts';
import { familyOf, unspecifiedIp } from '../../src/net/ip.ts';
import { writePrefix } from '../../src/net/prefix.ts';
import { icmpProtocols } from '../../src/packet/icmp.ts';
import { allow } from '../../src/tables/allow.ts';
import { config, directionNumbers, roleNumbers } from '../../src/tables/config.ts';
import { decap } from '../../src/tables/decap.ts';
import { type EncapValue, encap } from '../../src/tables/encap.ts';
import { featureBits } from '../../src/tables/features.ts';
import { flow, fragment, path, peer } from '../../src/tables/learned.ts';
import { nat, natDirections, natFlags } from '../../src/tables/nat.ts';
import { shortHeader } from '../../src/tables/short-header.ts';
import { tunnel, tunnelFlags } from '../../src/tables/tunnel.ts';
import { serviceFlags, verify } from '../../src/tables/verify.ts';
import type { Cast, CastService, CastTunnel } from './cast.ts';

/** The same instant by the clocks that rows and packets speak of, ns. */
export interface Moment {
  readonly monotonicNs: bigint;
  readonly wallNs: bigint;
}

export interface PackedRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export const fuzzedTables = {
  config,
  tunnel,
  allow,
  short_header: shortHeader,
  decap,
  verify,
  nat,
  encap,
  peer,
  flow,
  fragment,
  path,
} as const;
export type FuzzedTable = keyof typeof fuzzedTables;
export const fuzzedNames = Object.keys(fuzzedTables) as readonly FuzzedTable[];
export const learnedNames = ['peer', 'flow', 'fragment', 'path'] as const;

export type PackedRows = Readonly<Record<FuzzedTable, readonly PackedRow[]>>;

const secondNs = 1_000_000_000n;

/** Nothing was before a clock began: a machine may have started less than so many seconds ago. */
export function after(ns: bigint, seconds: number): bigint {
  const then = ns + BigInt(seconds) * secondNs;
  return then > 0n ? then : 0n;
}

export function rowsOf(cast: Cast, moment: Moment): PackedRows {
  const rows = Object.fromEntries(fuzzedNames.map((name) => [name, new Map<string, PackedRow>()])) as Record<
    FuzzedTable,
    Map<string, PackedRow>
  >;
  /** A later row of the same key takes the place of an earlier one, as in a map. */
  const put: Put = (name, key, value) => {
    const { key: keys, value: values } = fuzzedTables[name] as unknown as Pair;
    const packed = { key: keys.encode(key), value: values.encode(value) };
    rows[name].set(Buffer.from(packed.key).toString('latin1'), packed);
  };
  putInterface(put, cast);
  for (const one of cast.tunnels) putTunnel(put, one, moment);
  for (const one of cast.services) {
    putVerify(put, cast, one);
    if (cast.role === 'gateway') putEncap(put, one);
    else putNat(put, cast, one);
  }
  putFlows(put, cast);
  return Object.fromEntries(fuzzedNames.map((name) => [name, [...rows[name].values()]])) as unknown as PackedRows;
}

type Descriptors = typeof fuzzedTables;
type Pair = { readonly key: Layout<unknown>; readonly value: Layout<unknown> };
type KeyOf<Name extends FuzzedTable> = ReturnType<Descriptors[Name]['key']['decode']>;
type ValueOf<Name extends FuzzedTable> = ReturnType<Descriptors[Name]['value']['decode']>;
type Put = <Name extends FuzzedTable>(name: Name, key: KeyOf<Name>, value: ValueOf<Name>) => void;

function putInterface(put: Put, { role, flags, ifindex }: Cast): void {
  for (const direction of ['ingress', 'egress'] as const)
    put(
      'config',
      { ifindex, direction: directionNumbers[direction] },
      { role: roleNumbers[role], flags: flags[direction], instanceId: 1, name: 'fuzz' },
    );
}

function putTunnel(put: Put, one: CastTunnel, { monotonicNs, wallNs }: Moment): void {
  const { id, local, remote, learned, lacks } = one;
  const hasRemote = !learned && lacks !== 'remote';
  const epoch = after(wallNs, one.epochS);
  put('decap', local, { tunnels: 1 });
  if (one.hashPort) put('decap', { ip: local.ip, port: 0 }, { tunnels: 0 });
  if (one.short)
    put(
      'short_header',
      { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port },
      { tunnel: id },
    );
  for (const [number, prefix] of one.allow.entries()) {
    const ip = new Uint8Array(16);
    put('allow', { tunnel: id, number }, { bits: writePrefix(prefix, ip, 0), ip });
  }
  if (lacks !== 'row')
    put(
      'tunnel',
      { id },
      {
        epoch,
        localIp: local.ip,
        localPort: local.port,
        remoteIp: hasRemote ? remote.ip : unspecifiedIp,
        remotePort: hasRemote ? remote.port : 0,
        counter: 0,
        remoteId: one.remoteId,
        pingIntervalMs: 0,
        flags: flagsOf(one),
        mtu: one.mtu,
        movesPerMinute: one.movesPerMinute,
        signKey: one.sign === 'none' ? new Uint8Array(16) : one.signKey,
      },
    );
  if (one.path)
    put(
      'path',
      { localIp: local.ip, remoteIp: remote.ip },
      { untilNs: after(monotonicNs, one.path.untilS), mtu: one.path.mtu },
    );
  if (one.peer)
    put(
      'peer',
      { tunnel: id },
      {
        lock: 0,
        version: 2,
        epoch: one.peer.isOfThisEpoch ? epoch : epoch - 1n,
        lastSeenNs: after(monotonicNs, -10),
        sequence: one.peer.sequenceS === undefined ? 0n : after(wallNs, one.peer.sequenceS),
        minuteNs: after(monotonicNs, one.peer.minuteS),
        remoteIp: remote.ip,
        moves: 3,
        movesInMinute: one.peer.movesInMinute,
        remotePort: remote.port,
      },
    );
}

function flagsOf({ learned, short, strict, hashPort, sign, allow: prefixes }: CastTunnel): number {
  return (
    (learned ? tunnelFlags.learned : 0) |
    (short ? tunnelFlags.short : 0) |
    (strict ? tunnelFlags.strict : 0) |
    (hashPort ? tunnelFlags.hashPort : 0) |
    (sign === 'none' ? 0 : tunnelFlags.signed) |
    (sign === 'required' ? tunnelFlags.signRequired : 0) |
    (prefixes.length ? tunnelFlags.allow : 0)
  );
}

const noKey = new Uint8Array(16);

function putVerify(put: Put, { role }: Cast, one: CastService): void {
  if (one.lacks === 'verify') return;
  const hasEndpoint = role === 'node' && one.lacks !== 'endpoint';
  put(
    'verify',
    { group: one.group, service: one.service },
    {
      key: one.key,
      previousKey: one.previousKey ?? noKey,
      proxyIp: one.proxy.ip,
      proxyPort: one.proxy.port,
      endpointIp: hasEndpoint ? one.endpoint.ip : unspecifiedIp,
      endpointPort: hasEndpoint ? one.endpoint.port : 0,
      tunnels: one.tunnels,
      counter: 0,
      protocol: protocolNumbers[one.protocol],
      flags:
        (one.dso ? serviceFlags.dso : 0) |
        (one.flow ? serviceFlags.flow : 0) |
        (one.pass ? serviceFlags.pass : 0) |
        (one.echo === 'carry' ? serviceFlags.echo : 0) |
        (one.previousKey ? serviceFlags.previousKey : 0),
    },
  );
}

function putEncap(put: Put, one: CastService): void {
  const { ip, port } = one.proxy;
  const protocol = protocolNumbers[one.protocol];
  const row: EncapValue = {
    key: one.key,
    tunnel: one.tunnels[0] ?? 0,
    counter: 0,
    group: one.group,
    service: one.service,
  };
  const nobody: EncapValue = { key: noKey, tunnel: 0, counter: 0, group: 0, service: 0 };
  put('encap', { ip, ifindex: 0, port: 0, protocol }, nobody);
  if (one.lacks !== 'encap') put('encap', { ip, ifindex: one.via, port, protocol }, row);
  const icmp = icmpProtocols[familyOf(ip)];
  if (one.echo !== 'none')
    put('encap', { ip, ifindex: 0, port: 0, protocol: icmp }, one.echo === 'carry' ? row : nobody);
}

function putNat(put: Put, { services }: Cast, one: CastService): void {
  if (one.lacks === 'nat') return;
  const protocol = protocolNumbers[one.protocol];
  const whose = { group: one.group, service: one.service, flags: 0 };
  put('nat', { ...one.proxy, protocol, direction: natDirections.in }, { ...one.endpoint, ...whose });
  const isShared = services.some((other) => other !== one && isSameEndpoint(other, one));
  const out = { ...one.endpoint, protocol, direction: natDirections.out };
  if (isShared) put('nat', out, { ip: unspecifiedIp, port: 0, group: 0, service: 0, flags: natFlags.shared });
  else put('nat', out, { ...one.proxy, ...whose });
}

function isSameEndpoint(a: CastService, b: CastService): boolean {
  return a.protocol === b.protocol && a.endpoint.ip === b.endpoint.ip && a.endpoint.port === b.endpoint.port;
}

function putFlows(put: Put, { flows }: Cast): void {
  for (const { service, client, tunnel: id, owner, isEcho } of flows) {
    const { ip, port } = service.endpoint;
    put(
      'flow',
      {
        endpointIp: ip,
        clientIp: client.ip,
        endpointPort: isEcho ? 0 : port,
        clientPort: client.port,
        protocol: isEcho ? icmpProtocols[familyOf(ip)] : protocolNumbers[service.protocol],
      },
      { tunnel: id, group: owner.group, service: owner.service },
    );
  }
}

/** What of the programs these rows need: FEATURE_*. */
export function featuresOf({ tunnels, services }: Cast): number {
  const ips = [
    ...tunnels.flatMap(({ local, remote, allow: prefixes }) => [local.ip, remote.ip, ...prefixes.map(({ ip }) => ip)]),
    ...services.flatMap(({ proxy, endpoint }) => [proxy.ip, endpoint.ip]),
  ];
  return (
    (ips.some((ip) => familyOf(ip) === 6) ? featureBits.ipv6 : 0) |
    (services.some(({ via }) => via !== 0) ? featureBits.via : 0) |
    (tunnels.some(({ short }) => short) ? featureBits.short : 0) |
    (services.some(({ echo }) => echo !== 'none') ? featureBits.echo : 0)
  );
}
