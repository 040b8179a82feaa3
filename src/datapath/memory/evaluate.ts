// The packet model over rows in memory: answers the model's questions by looking up and decoding rows.
import type { Layout } from '../../layout/layout.ts';
import type { Port } from '../../net/endpoint.ts';
import type { ModelAnswer } from '../../packet/model/answer.ts';
import type { FibAnswer, FibQuestion, ModelFeatures, ModelTables, ModelTunnel } from '../../packet/model/tables.ts';
import { runModel } from '../../packet/model.ts';
import { allow, allowedPerTunnel, prefixOf } from '../../tables/allow.ts';
import { config, directionNumbers, roleNumbers } from '../../tables/config.ts';
import { decap } from '../../tables/decap.ts';
import { encap } from '../../tables/encap.ts';
import { featureBits } from '../../tables/features.ts';
import { nat, natDirections, natFlags } from '../../tables/nat.ts';
import { shortHeader } from '../../tables/short-header.ts';
import { localOf, remoteOf, type TunnelValue, tunnel, tunnelFlags } from '../../tables/tunnel.ts';
import { serviceFlags, verify } from '../../tables/verify.ts';
import { flagBits } from '../../topology/topology.ts';
import type { ProbePacket } from '../port.ts';
import { learnedTables } from './evaluate-learned.ts';
import { lookUp, type MemoryMap } from './map.ts';
import type { Evaluator, ProgramView } from './probe.ts';
import type { Load } from './world.ts';

/** What is around a program beside its tables. */
export interface Surroundings {
  /** CLOCK_MONOTONIC. */
  nowNs(): bigint;
  /** CLOCK_TAI. */
  taiNs(): bigint;
  fib(question: FibQuestion): FibAnswer;
}

/** This host's clocks; of neighbours nothing is known, so that the kernel is left to find them. */
const here: Surroundings = {
  nowNs: () => process.hrtime.bigint(),
  taiNs: () => BigInt(Date.now()) * 1_000_000n,
  fib: ({ ifindex }) => ({ kind: 'no-neighbour', ifindex }),
};

export const evaluateByModel: Evaluator = (view, packet) => evaluateIn(here, view, packet);

export function evaluateIn(around: Surroundings, view: ProgramView, packet: ProbePacket): ModelAnswer {
  return runModel(modelTables(view, around), packet);
}

type Descriptor<Key, Value> = { readonly key: Layout<Key>; readonly value: Layout<Value> };

function find<Key, Value>(map: MemoryMap, { key, value }: Descriptor<Key, Value>, wanted: Key): Value | undefined {
  const found = lookUp(map, key.encode(wanted));
  return found && value.decode(found);
}

export function modelTables({ load, learned }: ProgramView, around: Surroundings): ModelTables {
  return { ...around, ...configuredTables(load), ...learnedTables(learned) };
}

type Configured = Omit<ModelTables, keyof Surroundings | keyof ReturnType<typeof learnedTables>>;

function configuredTables({ role, ingressFeatures, egressFeatures, topologyFeatures, maps }: Load): Configured {
  return {
    role: role === roleNumbers.gateway ? 'gateway' : 'node',
    features: featuresOf(topologyFeatures),
    flags: (ifindex, direction) => {
      const row = find(maps.config, config, { ifindex, direction: directionNumbers[direction] });
      const { fib, fwd } = flagBits.egress;
      // A flag that no interface of the topology has is off in the load.
      const flags = (row?.flags ?? 0) & (direction === 'egress' ? egressFeatures : ingressFeatures);
      return { fib: direction === 'egress' && (flags & fib) !== 0, fwd: (flags & fwd) !== 0 };
    },
    tunnel: (id) => {
      const row = find(maps.tunnel, tunnel, { id });
      return row && tunnelOf(id, row, maps.allow);
    },
    acceptsGue: (local) => (find(maps.decap, decap, local)?.tunnels ?? 0) !== 0,
    hashesPortsOf: (ip) => find(maps.decap, decap, { ip, port: 0 }) !== undefined,
    shortTunnel: (local, remote) => {
      const ends = { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port };
      return find(maps.short_header, shortHeader, ends)?.tunnel;
    },
    service: (group, service) => {
      const row = find(maps.verify, verify, { group, service });
      const has = (flag: number): boolean => row !== undefined && (row.flags & flag) !== 0;
      return (
        row && {
          group,
          service,
          key: row.key,
          previousKey: has(serviceFlags.previousKey) ? row.previousKey : undefined,
          protocol: row.protocol,
          proxy: { ip: row.proxyIp, port: row.proxyPort as Port },
          endpoint: row.endpointPort ? { ip: row.endpointIp, port: row.endpointPort as Port } : undefined,
          tunnels: row.tunnels.filter((one) => one !== 0),
          dso: has(serviceFlags.dso),
          remembersFlow: has(serviceFlags.flow),
          passesUnknown: has(serviceFlags.pass),
          echo: has(serviceFlags.echo),
        }
      );
    },
    encap: (protocol, { ip, port }, ifindex) => find(maps.encap, encap, { ip, port, protocol, ifindex }),
    hasProxyAt: (protocol, ip) => find(maps.encap, encap, { ip, port: 0, protocol, ifindex: 0 }) !== undefined,
    echoAt: (protocol, ip) => find(maps.encap, encap, { ip, port: 0, protocol, ifindex: 0 }),
    natIn: (protocol, proxy) => find(maps.nat, nat, { ...proxy, protocol, direction: natDirections.in }),
    natOut: (protocol, endpoint) => {
      const row = find(maps.nat, nat, { ...endpoint, protocol, direction: natDirections.out });
      return row && row.flags & natFlags.shared ? 'shared' : row;
    },
  };
}

function featuresOf(bits: number): ModelFeatures {
  return {
    ipv6: (bits & featureBits.ipv6) !== 0,
    via: (bits & featureBits.via) !== 0,
    short: (bits & featureBits.short) !== 0,
    echo: (bits & featureBits.echo) !== 0,
  };
}

function tunnelOf(id: number, row: TunnelValue, allowed: MemoryMap): ModelTunnel {
  const has = (flag: number): boolean => (row.flags & flag) !== 0;
  return {
    id,
    epoch: row.epoch,
    local: localOf(row),
    remote: remoteOf(row),
    remoteId: row.remoteId,
    mtuBytes: row.mtu,
    short: has(tunnelFlags.short),
    strict: has(tunnelFlags.strict),
    hashPort: has(tunnelFlags.hashPort),
    signKey: has(tunnelFlags.signed) ? row.signKey : undefined,
    signRequired: has(tunnelFlags.signRequired),
    allow: has(tunnelFlags.allow) ? prefixesOf(id, allowed) : undefined,
    movesPerMinute: row.movesPerMinute,
  };
}

function prefixesOf(tunnelId: number, map: MemoryMap): ReturnType<typeof prefixOf>[] {
  const rows = Array.from({ length: allowedPerTunnel }, (_, number) => find(map, allow, { tunnel: tunnelId, number }));
  const gap = rows.indexOf(undefined);
  return rows.slice(0, gap < 0 ? rows.length : gap).flatMap((row) => (row ? [prefixOf(row)] : []));
}
