// Rows → topology: what is live, in the shape of a file. The way back of desired.ts; used by export and diff.
import { protocolName } from '../net/endpoint.ts';
import { comparePrefixes, type Prefix } from '../net/prefix.ts';
import type { Place } from '../problem.ts';
import { allow, prefixOf } from '../tables/allow.ts';
import { config, directionNumbers, roleNumbers } from '../tables/config.ts';
import { encap, viaOf } from '../tables/encap.ts';
import type { Rows } from '../tables/rows.ts';
import type { Table } from '../tables/table.ts';
import { headerOf, localOf, mtuOf, remoteOf, signingOf, sourceOf, sourcePortOf, tunnel } from '../tables/tunnel.ts';
import { echoOf, endpointOf, fallbackOf, modeOf, proxyOf, serviceFlags, verify } from '../tables/verify.ts';
import { impliedFlags } from '../topology/items.ts';
import {
  type KeySource,
  type Service,
  serviceDefaults,
  type Topology,
  type TopologyInterface,
  type Tunnel,
  tunnelDefaults,
} from '../topology/topology.ts';
import { serviceNumber } from './assign.ts';
import type { TableRows } from './digest.ts';

const nowhere: Place = { file: 'live', line: 0, column: 0 };

export interface Ingested {
  readonly topology: Topology;
  readonly keys: IngestedKeys;
}

/** 16 bytes each; undefined: there is none. */
export interface IngestedKeys {
  /** By position in topology.services. */
  readonly services: readonly Uint8Array[];
  readonly previous: readonly (Uint8Array | undefined)[];
  /** By position in topology.tunnels. */
  readonly signing: readonly (Uint8Array | undefined)[];
}

/** Of a service whose name nobody knows. */
export function usualLabel(group: number, id: number): string {
  return `service-${group}-${id}`;
}

/**
 * Service names are not in the kernel: `label` gives them, where a history knows, else `service-<group>-<id>`.
 * Interfaces whose index has no name any more are left out: a file cannot name them.
 */
export function ingest(
  instance: string,
  rows: TableRows,
  interfaceName: (ifindex: number) => string | undefined,
  label: (group: number, id: number) => string = usualLabel,
): Ingested {
  const head = decode(config, rows.config)[0]?.value;
  const services = ingestServices(rows, interfaceName, label);
  const tunnels = ingestTunnels(rows);
  const role = head?.role === roleNumbers.node ? 'node' : 'gateway';
  const interfaces = ingestInterfaces(rows.config, interfaceName);
  return {
    topology: {
      name: instance,
      id: head?.instanceId ?? 0,
      role,
      interfaces,
      // Usually the same on every interface; a file says then once what each of them has.
      flags: interfaces[0]?.flags ?? impliedFlags(role),
      tunnels: tunnels.map(({ tunnel: one }) => one),
      services: services.map(({ service }) => service),
      leftOut: [],
      expectations: [],
      sourceDigest: new Uint8Array(32),
      place: nowhere,
    },
    keys: {
      services: services.map(({ key }) => key),
      previous: services.map(({ previousKey }) => previousKey),
      signing: tunnels.map(({ signKey }) => signKey),
    },
  };
}

/** Without services that no file could have, which only hands can have made: rows could not be wanted for them. */
export function withoutOddities(topology: Topology): Topology {
  return { ...topology, services: topology.services.filter(({ tunnels }) => tunnels.length > 0) };
}

function ingestInterfaces(rows: Rows, interfaceName: (ifindex: number) => string | undefined): TopologyInterface[] {
  const flags = new Map<number, { ingress: number; egress: number }>();
  for (const { key, value } of decode(config, rows)) {
    const both = flags.get(key.ifindex) ?? { ingress: 0, egress: 0 };
    both[key.direction === directionNumbers.ingress ? 'ingress' : 'egress'] = value.flags;
    flags.set(key.ifindex, both);
  }
  return [...flags]
    .sort(([a], [b]) => a - b)
    .flatMap(([ifindex, both]) => {
      const name = interfaceName(ifindex);
      return name === undefined ? [] : [{ name, flags: both, place: nowhere }];
    });
}

function ingestTunnels(rows: TableRows): { tunnel: Tunnel; signKey: Uint8Array | undefined }[] {
  const prefixes = new Map<number, Prefix[]>();
  for (const { key, value } of decode(allow, rows.allow))
    prefixes.set(key.tunnel, [...(prefixes.get(key.tunnel) ?? []), prefixOf(value)]);
  return decode(tunnel, rows.tunnel)
    .map(({ key, value }) => {
      const signing = signingOf(value);
      return {
        tunnel: {
          id: key.id,
          local: localOf(value),
          localFrom: tunnelDefaults.localFrom,
          remote: remoteOf(value),
          remoteId: value.remoteId,
          pingIntervalMs: value.pingIntervalMs,
          mtuBytes: mtuOf(value),
          header: headerOf(value),
          source: sourceOf(value),
          sourcePort: sourcePortOf(value),
          sign: signing === 'none' ? signing : { key: keep, required: signing === 'required' },
          allowFrom: (prefixes.get(key.id) ?? []).sort(comparePrefixes),
          movesPerMinute: value.movesPerMinute,
          place: nowhere,
        },
        signKey: signing === 'none' ? undefined : value.signKey,
      };
    })
    .sort((a, b) => a.tunnel.id - b.tunnel.id);
}

const keep: KeySource = { kind: 'keep' };

interface IngestedService {
  readonly service: Service;
  readonly key: Uint8Array;
  readonly previousKey: Uint8Array | undefined;
}

function ingestServices(
  rows: TableRows,
  interfaceName: (ifindex: number) => string | undefined,
  label: (group: number, id: number) => string,
): IngestedService[] {
  const entries = new Map<number, Service['via']>();
  for (const { key, value } of decode(encap, rows.encap))
    if (key.port !== 0) entries.set(serviceNumber(value.group, value.service), viaOf(key, interfaceName));
  return decode(verify, rows.verify)
    .map(({ key, value }) => {
      const proxy = proxyOf(value);
      const number = serviceNumber(key.group, key.service);
      const previousKey = value.flags & serviceFlags.previousKey ? value.previousKey : undefined;
      const service: Service = {
        name: label(key.group, key.service),
        group: key.group,
        id: key.service,
        protocol: protocolName(value.protocol) ?? 'tcp',
        proxy,
        endpoint: value.endpointPort ? endpointOf(value) : proxy,
        tunnels: value.tunnels.filter((id) => id !== 0),
        key: keep,
        previousKey: previousKey ? keep : 'none',
        via: entries.get(number) ?? 'any',
        fallback: fallbackOf(value),
        echo: echoOf(value),
        mode: modeOf(value),
        far: serviceDefaults.far,
        place: nowhere,
      };
      return { service, key: value.key, previousKey };
    })
    .sort((a, b) => a.service.group - b.service.group || a.service.id - b.service.id);
}

function decode<Key, Value>(table: Table<Key, Value>, rows: Rows): { key: Key; value: Value }[] {
  const decoded: { key: Key; value: Value }[] = [];
  for (let i = 0; i < rows.count; i++)
    decoded.push({
      key: table.key.decode(rows.keys, i * rows.keySize),
      value: table.value.decode(rows.values, i * rows.valueSize),
    });
  return decoded;
}

/** The topology with keys that are given bytes: those that are live, or what stands for them. */
export function withKeys(
  { topology, keys }: Ingested,
  bytesOf: (key: Uint8Array, kind: keyof IngestedKeys, position: number) => Uint8Array,
): Topology {
  const given = (key: Uint8Array | undefined, kind: keyof IngestedKeys, position: number): KeySource =>
    key ? { kind: 'bytes', bytes: bytesOf(key, kind, position) } : keep;
  return {
    ...topology,
    services: topology.services.map((service, at) => ({
      ...service,
      key: given(keys.services[at], 'services', at),
      previousKey: keys.previous[at] ? given(keys.previous[at], 'previous', at) : 'none',
    })),
    tunnels: topology.tunnels.map((one, at) => ({
      ...one,
      sign: one.sign === 'none' ? one.sign : { ...one.sign, key: given(keys.signing[at], 'signing', at) },
    })),
  };
}
