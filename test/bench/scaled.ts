// Our programs with tables of as many services as one likes, filled as an apply fills them, and frames that meet the
// services in random order.
import { mapInfo } from '../../src/native/descriptors.ts';
import { type PackedRows, updateAll } from '../../src/native/maps.ts';
import { BpfObject } from '../../src/native/object.ts';
import { type Endpoint, type Port, protocolNumbers } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import { buildTcp, tcpFlags } from '../../src/packet/transport.ts';
import { capacityFor, learnedCapacitiesFor } from '../../src/reconcile/capacity.ts';
import { roleNumbers } from '../../src/tables/config.ts';
import { decap } from '../../src/tables/decap.ts';
import { encap } from '../../src/tables/encap.ts';
import { counterLayout } from '../../src/tables/learned.ts';
import { nat } from '../../src/tables/nat.ts';
import { tunnel } from '../../src/tables/tunnel.ts';
import { verify } from '../../src/tables/verify.ts';
import { collectRows } from '../../src/tables/writer.ts';
import type { Direction, Role } from '../../src/topology/topology.ts';
import {
  at,
  client,
  encapRow,
  gateway,
  gatewayRows,
  natRows,
  node,
  nodeRows,
  through,
  tunnelRow,
  verifyRow,
} from '../kernel/records/scene.ts';
import { setConstants } from './constants.ts';
import type { Packets } from './live.ts';

const tcp = protocolNumbers.tcp;
const tunnels = 100;
const firstCounter = counterLayout.first;
const countersOfARow = counterLayout.perRow;
const portsOfAnAddress = 400;
const firstPort = 10_000;
const servicesOfAGroup = 1000;
const proxyNetwork = 5;
/** A key ends with the service's number. */
const keyNumberAt = 12;

/** What a packet does on its way, by the name of its figure. */
export type Way = 'encap' | 'decap_verify' | 'decap_verify_dnat';

export const ways: Readonly<Record<Way, { readonly role: Role; readonly hook: Direction }>> = {
  encap: { role: 'gateway', hook: 'egress' },
  decap_verify: { role: 'gateway', hook: 'ingress' },
  decap_verify_dnat: { role: 'node', hook: 'ingress' },
};

export interface ScaledLoad {
  readonly programFd: number;
  close(): void;
}

/** `image`: an object file's bytes. Maps have the sizes that an apply of as many services gives them. */
export function loadScaled(image: Uint8Array, way: Way, services: number): ScaledLoad {
  const { role, hook } = ways[way];
  const rows = rowsFor(role, services);
  const object = new BpfObject(image, 'bench');
  try {
    setConstants(object, { role: roleNumbers[role] });
    for (const [name, { count }] of rows) object.setMaxEntries(name, capacityFor(count));
    object.setMaxEntries('counter', countersFor(services));
    object.load('bench');
    for (const [name, packed] of rows) {
      const fd = object.mapFd(name);
      updateAll({ fd, info: mapInfo(fd) }, packed);
    }
    return { programFd: object.programFd(`ti_${hook}`), close: () => object.close() };
  } catch (error) {
    object.close();
    throw error;
  }
}

/** The least that any program must do with as many rows: `lookup_count` of floor.bpf.c, with the rows of `encap`. */
export function loadLookup(image: Uint8Array, services: number): ScaledLoad {
  const object = new BpfObject(image, 'floor');
  try {
    object.setMaxEntries('rows', capacityFor(services));
    object.setMaxEntries('counts', countersFor(services));
    object.load('floor');
    const fd = object.mapFd('rows');
    updateAll({ fd, info: mapInfo(fd) }, encapRows(services));
    return { programFd: object.programFd('lookup_count'), close: () => object.close() };
  } catch (error) {
    object.close();
    throw error;
  }
}

function countersFor(services: number): number {
  return learnedCapacitiesFor(tunnels, counterOf(services)).counter;
}

function encapRows(services: number): PackedRows {
  return collectRows(encap.key, encap.value, services, (emit) => {
    for (let i = 0; i < services; i++) {
      const { key, value } = encapRow(tcp, { key: keyOf(i), tunnel: tunnelOf(i), counter: counterOf(i) });
      const { group, id } = nameOf(i);
      emit({ ...key, ...proxyOf(i) }, { ...value, group, service: id }, -1);
    }
  });
}

/** By table. What is not named holds what the records' scene has. */
function rowsFor(role: Role, services: number): ReadonlyMap<string, PackedRows> {
  const base = role === 'gateway' ? gatewayRows() : nodeRows();
  const [here, there] = role === 'gateway' ? [gateway, node] : [node, gateway];
  const packed = new Map<string, PackedRows>();
  packed.set(
    'tunnel',
    collectRows(tunnel.key, tunnel.value, tunnels, (emit) => {
      for (let i = 0; i < tunnels; i++) {
        const row = tunnelRow(i + 1, here, there, { counter: firstCounter + countersOfARow * i });
        emit(row.key, row.value, -1);
      }
    }),
  );
  packed.set(
    'decap',
    collectRows(decap.key, decap.value, 1, (emit) => {
      for (const { key, value } of base.decap ?? []) emit(key, value, -1);
    }),
  );
  packed.set('verify', verifyRows(services));
  if (role === 'gateway') packed.set('encap', encapRows(services));
  else packed.set('nat', natInRows(services));
  return packed;
}

function verifyRows(services: number): PackedRows {
  return collectRows(verify.key, verify.value, services, (emit) => {
    for (let i = 0; i < services; i++) {
      const { group, id } = nameOf(i);
      const proxy = proxyOf(i);
      const { value } = verifyRow({
        key: keyOf(i),
        proxyIp: proxy.ip,
        proxyPort: proxy.port,
        tunnels: [tunnelOf(i), 0, 0, 0],
        counter: counterOf(i),
      });
      emit({ group, service: id }, value, -1);
    }
  });
}

function natInRows(services: number): PackedRows {
  const [first] = natRows(tcp);
  if (!first) throw new Error('no rows of NAT');
  return collectRows(nat.key, nat.value, services, (emit) => {
    for (let i = 0; i < services; i++) {
      const { group, id } = nameOf(i);
      emit({ ...first.key, ...proxyOf(i) }, { ...first.value, group, service: id }, -1);
    }
  });
}

/** A segment of a flow of each service, by chance. */
export function packetsFor(way: Way, services: number): Packets {
  const proxy = proxyOf(0);
  const rest = { flags: tcpFlags.ack, payload: new Uint8Array(64) };
  const request = buildTcp({ source: client, destination: proxy, ...rest });
  const numbering = {
    services,
    services_of_group: servicesOfAGroup,
    ports_of_address: portsOfAnAddress,
    first_address: proxyNetwork << 24,
    first_port: firstPort,
  };
  if (way === 'encap') return { frame: request, constants: { ...numbering, ...endpointAt(destinationAt, 0) } };
  const header = { name_offset: at.group, key_number_offset: at.key + keyNumberAt };
  const inside = at.inner - at.ip;
  if (way === 'decap_verify_dnat')
    return {
      frame: withKey(through(gateway, node, request)),
      constants: { ...numbering, ...header, ...endpointAt(destinationAt, inside) },
    };
  const reply = buildTcp({ source: proxy, destination: client, ...rest });
  return {
    frame: withKey(through(node, gateway, reply)),
    constants: { ...numbering, ...header, ...endpointAt(sourceAt, inside) },
  };
}

/** Where address and port lie in a frame with an IPv4 packet of no options. Checksums stay: nobody checks them here. */
const sourceAt = { address: 26, port: 34 } as const;
const destinationAt = { address: 30, port: 36 } as const;

function endpointAt({ address, port }: { readonly address: number; readonly port: number }, offset: number) {
  return { address_offset: address + offset, port_offset: port + offset };
}

function withKey(frame: Uint8Array): Uint8Array {
  frame.set(keyOf(0), at.key);
  return frame;
}

function tunnelOf(i: number): number {
  return (i % tunnels) + 1;
}

function counterOf(i: number): number {
  return firstCounter + countersOfARow * (tunnels + i);
}

function nameOf(i: number): { readonly group: number; readonly id: number } {
  return { group: Math.floor(i / servicesOfAGroup) + 1, id: (i % servicesOfAGroup) + 1 };
}

function proxyOf(i: number): Endpoint {
  const address = Math.floor(i / portsOfAnAddress);
  const ip = `${proxyNetwork}.${address >> 16}.${(address >> 8) & 255}.${address & 255}` as Ip;
  return { ip, port: (firstPort + (i % portsOfAnAddress)) as Port };
}

/** Sixteen bytes of its own for each service. */
function keyOf(i: number): Uint8Array {
  const key = new Uint8Array(16).fill(0x5a);
  new DataView(key.buffer).setUint32(keyNumberAt, i);
  return key;
}
