// Rows → topology: what is live, in the shape of a file. The way back of desired.ts; used by export and diff.
import { type Endpoint, type Port, protocolName } from '../net/endpoint.ts';
import type { Place } from '../problem.ts';
import { config, directionNumbers, roleNumbers } from '../tables/config.ts';
import { nat, natDirections } from '../tables/nat.ts';
import type { Rows } from '../tables/rows.ts';
import type { Table } from '../tables/table.ts';
import { localOf, mtuOf, remoteOf, tunnel } from '../tables/tunnel.ts';
import { serviceFlags, verify } from '../tables/verify.ts';
import { impliedFlags } from '../topology/items.ts';
import type { Service, Topology, TopologyInterface, Tunnel } from '../topology/topology.ts';
import { serviceNumber } from './assign.ts';
import type { TableRows } from './digest.ts';

const nowhere: Place = { file: 'live', line: 0, column: 0 };

export interface Ingested {
  readonly topology: Topology;
  /** 16 bytes each, by position in topology.services. */
  readonly keys: readonly Uint8Array[];
}

/**
 * Service names are not in the kernel: `label` gives them, where a history knows, else `service-<group>-<id>`.
 * Interfaces whose index has no name any more are left out: a file cannot name them.
 */
export function ingest(
  instance: string,
  rows: TableRows,
  interfaceName: (ifindex: number) => string | undefined,
  label: (group: number, id: number) => string = (group, id) => `service-${group}-${id}`,
): Ingested {
  const head = decode(config, rows.config)[0]?.value;
  const services = ingestServices(rows, label);
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
      tunnels: ingestTunnels(rows.tunnel),
      services: services.map(({ service }) => service),
      sourceDigest: new Uint8Array(32),
      place: nowhere,
    },
    keys: services.map(({ key }) => key),
  };
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

function ingestTunnels(rows: Rows): Tunnel[] {
  return decode(tunnel, rows)
    .map(({ key, value }) => ({
      id: key.id,
      local: localOf(value),
      remote: remoteOf(value),
      remoteId: value.remoteId,
      pingIntervalMs: value.pingIntervalMs,
      mtuBytes: mtuOf(value),
      place: nowhere,
    }))
    .sort((a, b) => a.id - b.id);
}

function ingestServices(
  rows: TableRows,
  label: (group: number, id: number) => string,
): { service: Service; key: Uint8Array }[] {
  const endpoints = new Map<number, Endpoint>();
  for (const { key, value } of decode(nat, rows.nat))
    if (key.direction === natDirections.in)
      endpoints.set(serviceNumber(value.group, value.service), { ip: value.ip, port: value.port as Port });
  return decode(verify, rows.verify)
    .map(({ key, value }) => {
      const proxy = { ip: value.proxyIp, port: value.proxyPort as Port };
      const service: Service = {
        name: label(key.group, key.service),
        group: key.group,
        id: key.service,
        protocol: protocolName(value.protocol) ?? 'tcp',
        proxy,
        endpoint: endpoints.get(serviceNumber(key.group, key.service)) ?? proxy,
        tunnels: value.tunnels.filter((id) => id !== 0),
        key: { kind: 'keep' },
        mode: value.flags & serviceFlags.dso ? 'dso' : 'standard',
        place: nowhere,
      };
      return { service, key: value.key };
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
