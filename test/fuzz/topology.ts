// The cast that a topology is: for fuzzed packets through rows that the reconciler has made of it.
import { familyOf } from '../../src/net/ip.ts';
import type { KeySource, Service, Topology, Tunnel } from '../../src/topology/topology.ts';
import { addresses, at } from './addresses.ts';
import type { Cast, CastService, CastTunnel } from './cast.ts';

/** `interfaces`: all that the topology names, with their indexes. undefined: it has no service or no tunnel. */
export function castOf(
  { role, tunnels, services }: Topology,
  interfaces: readonly { readonly name: string; readonly ifindex: number }[],
): Cast | undefined {
  const [firstTunnel, ...otherTunnels] = tunnels.map(tunnelOf);
  const [firstService, ...otherServices] = services.map(serviceOf);
  const [firstEntry, ...otherEntries] = interfaces.map(({ ifindex }) => ifindex);
  if (!firstTunnel || !firstService || firstEntry === undefined) return undefined;
  return {
    role,
    tunnels: [firstTunnel, ...otherTunnels],
    services: [firstService, ...otherServices],
    flows: [],
    flags: { ingress: 0, egress: 0 },
    ifindex: firstEntry,
    entries: [firstEntry, ...otherEntries],
  };
}

function tunnelOf({ id, local, remote, remoteId, mtuBytes, header, sign, ...rest }: Tunnel): CastTunnel {
  const somewhere = at(addresses[familyOf(local.ip)].remote[0], 6080);
  return {
    id,
    local,
    remote: remote === 'learned' ? somewhere : remote,
    learned: remote === 'learned',
    remoteId,
    mtu: mtuBytes === 'path' ? 1500 : mtuBytes,
    short: header === 'short',
    strict: rest.source === 'strict',
    hashPort: rest.sourcePort === 'flow-hash',
    sign: sign === 'none' ? 'none' : sign.required ? 'required' : 'accepted',
    signKey: sign === 'none' ? new Uint8Array(16) : bytesOf(sign.key),
    allow: rest.allowFrom,
    movesPerMinute: rest.movesPerMinute,
    epochS: 0,
    lacks: 'nothing',
    path: undefined,
    peer: undefined,
  };
}

function serviceOf({ group, id, protocol, proxy, endpoint, tunnels, key, ...rest }: Service): CastService {
  return {
    group,
    service: id,
    protocol,
    proxy,
    endpoint,
    tunnels,
    key: bytesOf(key),
    previousKey: rest.previousKey === 'none' ? undefined : bytesOf(rest.previousKey),
    via: 0,
    dso: rest.mode === 'dso',
    pass: rest.fallback === 'pass',
    flow: false,
    echo: rest.echo === 'pass' ? 'none' : rest.echo,
    lacks: 'nothing',
  };
}

function bytesOf(key: KeySource): Uint8Array {
  return key.kind === 'bytes' ? key.bytes : new Uint8Array(16);
}
