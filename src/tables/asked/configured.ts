// The packet model's tables over rows: its questions become lookups of decoded rows. How rows are stored is not known here.
import type { LoadSpec } from '../../datapath/port.ts';
import type { Port } from '../../net/endpoint.ts';
import type {
  FibAnswer,
  FibQuestion,
  ModelFeatures,
  ModelService,
  ModelTables,
  ModelTunnel,
} from '../../packet/model/tables.ts';
import { flagBits } from '../../topology/topology.ts';
import { allow, allowedPerTunnel, prefixOf } from '../allow.ts';
import { config, directionNumbers, roleNumbers } from '../config.ts';
import { decap } from '../decap.ts';
import { encap } from '../encap.ts';
import { featureBits } from '../features.ts';
import { nat, natDirections, natFlags } from '../nat.ts';
import { shortHeader } from '../short-header.ts';
import { localOf, remoteOf, type TunnelValue, tunnel, tunnelFlags } from '../tunnel.ts';
import { serviceFlags, type VerifyKey, type VerifyValue, verify } from '../verify.ts';
import { type RowAccess, rowsIn } from './access.ts';
import { learnedTables } from './learned.ts';

/** What is around a program beside its tables. */
export interface Surroundings {
  /** CLOCK_MONOTONIC. */
  nowNs(): bigint;
  /** CLOCK_TAI. */
  taiNs(): bigint;
  fib(question: FibQuestion): FibAnswer;
}

/** What the object was loaded with. */
export type Constants = Pick<LoadSpec, 'role' | 'ingressFeatures' | 'egressFeatures' | 'topologyFeatures'>;

export function modelTables(constants: Constants, access: RowAccess, around: Surroundings): ModelTables {
  return { ...around, ...configuredTables(constants, access), ...learnedTables(access) };
}

type Configured = Omit<ModelTables, keyof Surroundings | keyof ReturnType<typeof learnedTables>>;

function configuredTables(
  { role, ingressFeatures, egressFeatures, topologyFeatures }: Constants,
  access: RowAccess,
): Configured {
  const configs = rowsIn(access, config);
  const tunnels = rowsIn(access, tunnel);
  const decaps = rowsIn(access, decap);
  const shorts = rowsIn(access, shortHeader);
  const services = rowsIn(access, verify);
  const encaps = rowsIn(access, encap);
  const nats = rowsIn(access, nat);
  return {
    role: role === roleNumbers.gateway ? 'gateway' : 'node',
    features: featuresOf(topologyFeatures),
    flags: (ifindex, direction) => {
      const { fib, fwd } = flagBits.egress;
      // A flag that no interface of the topology has is off in the load, and nobody asks for it.
      const features = (direction === 'egress' ? egressFeatures : ingressFeatures & ~fib) & (fib | fwd);
      const flags =
        features && features & (configs.get({ ifindex, direction: directionNumbers[direction] })?.flags ?? 0);
      return { fib: (flags & fib) !== 0, fwd: (flags & fwd) !== 0 };
    },
    tunnel: (id) => {
      const row = tunnels.get({ id });
      return row && tunnelOf(id, row, access);
    },
    acceptsGue: (local) => (decaps.get(local)?.tunnels ?? 0) !== 0,
    hashesPortsOf: (ip) => decaps.get({ ip, port: 0 }) !== undefined,
    shortTunnel: (local, remote) => {
      const ends = { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port };
      return shorts.get(ends)?.tunnel;
    },
    service: (group, service) => {
      const row = services.get({ group, service });
      return row && serviceOf({ group, service }, row);
    },
    encap: (protocol, { ip, port }, ifindex) => encaps.get({ ip, port, protocol, ifindex }),
    hasProxyAt: (protocol, ip) => encaps.get({ ip, port: 0, protocol, ifindex: 0 }) !== undefined,
    echoAt: (protocol, ip) => encaps.get({ ip, port: 0, protocol, ifindex: 0 }),
    natIn: (protocol, proxy) => nats.get({ ...proxy, protocol, direction: natDirections.in }),
    natOut: (protocol, endpoint) => {
      const row = nats.get({ ...endpoint, protocol, direction: natDirections.out });
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

/** A row of VERIFY as the model knows it. */
export function serviceOf({ group, service }: VerifyKey, row: VerifyValue): ModelService {
  const has = (flag: number): boolean => (row.flags & flag) !== 0;
  return {
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
  };
}

/** A row of TUNNEL as the model knows it. */
export function tunnelOf(id: number, row: TunnelValue, access: RowAccess): ModelTunnel {
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
    // Asked for by pings alone.
    get allow() {
      return has(tunnelFlags.allow) ? prefixesOf(id, access) : undefined;
    },
    movesPerMinute: row.movesPerMinute,
  };
}

/** They are numbered without a gap. */
function prefixesOf(tunnelId: number, access: RowAccess): ReturnType<typeof prefixOf>[] {
  const allowed = rowsIn(access, allow);
  const prefixes: ReturnType<typeof prefixOf>[] = [];
  for (let number = 0; number < allowedPerTunnel; number++) {
    const row = allowed.get({ tunnel: tunnelId, number });
    if (!row) break;
    prefixes.push(prefixOf(row));
  }
  return prefixes;
}
