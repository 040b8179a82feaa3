// Our programs with tables of as many services as one likes, filled as an apply fills them, and frames that meet the
// services in random order.
import { mapInfo } from '../../src/native/descriptors.ts';
import { updateAll } from '../../src/native/maps.ts';
import { BpfObject } from '../../src/native/object.ts';
import type { Endpoint, Port } from '../../src/net/endpoint.ts';
import type { Ip } from '../../src/net/ip.ts';
import { buildTcp, tcpFlags } from '../../src/packet/transport.ts';
import { assign } from '../../src/reconcile/assign.ts';
import { capacitiesFor, learnedCapacitiesFor } from '../../src/reconcile/capacity.ts';
import { desiredRows } from '../../src/reconcile/desired.ts';
import { roleNumbers } from '../../src/tables/config.ts';
import type { Direction, Role, Service, Topology, Tunnel } from '../../src/topology/topology.ts';
import { at, client, gateway, node, through } from '../kernel/records/scene.ts';
import { setConstants } from './constants.ts';
import type { Packets } from './live.ts';

/** As many as services, up to this. */
const tunnelsAtMost = 100;
const portsOfAnAddress = 400;
const firstPort = 10_000;
const servicesOfAGroup = 1000;
const proxyNetwork = 5;
/** A key ends with the service's number. */
const keyNumberAt = 12;
const place = { file: 'bench.yaml', line: 1, column: 1 };

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

/** `image`: an object file's bytes. */
export function loadScaled(image: Uint8Array, way: Way, services: number): ScaledLoad {
  const { role, hook } = ways[way];
  const topology = topologyOf(role, services);
  const keys = topology.services.map((_, i) => keyOf(i));
  const nothing = { tunnels: new Map(), services: new Map() };
  const { assignments, countersNeeded } = assign(topology, keys, nothing, 1n);
  const pathMtus = new Map<number, number>();
  const rows = desiredRows({ topology, interfaces: [], assignments, pathMtus });
  const object = new BpfObject(image, 'bench');
  try {
    setConstants(object, { role: roleNumbers[role] });
    const sizes = { ...capacitiesFor(rows), ...learnedCapacitiesFor(topology.tunnels.length, countersNeeded) };
    for (const [name, size] of Object.entries(sizes)) object.setMaxEntries(name, size);
    object.load('bench');
    for (const [name, packed] of Object.entries(rows)) {
      const fd = object.mapFd(name);
      updateAll({ fd, info: mapInfo(fd) }, packed);
    }
    return { programFd: object.programFd(`ti_${hook}`), close: () => object.close() };
  } catch (error) {
    object.close();
    throw error;
  }
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
  if (way === 'encap')
    return { frame: request, constants: { ...numbering, ...endpointAt(destinationAt, 0) } };
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

function topologyOf(role: Role, services: number): Topology {
  const tunnels = Math.min(services, tunnelsAtMost);
  const [local, remote] = role === 'gateway' ? [gateway, node] : [node, gateway];
  return {
    name: 'bench',
    id: 0,
    role,
    interfaces: [],
    flags: { ingress: 0, egress: 0 },
    tunnels: Array.from({ length: tunnels }, (_, i): Tunnel => {
      const id = i + 1;
      return { id, local, remote, remoteId: id, pingIntervalMs: 0, mtuBytes: 1600, place };
    }),
    services: Array.from({ length: services }, (_, i): Service => {
      const shared = { name: `service-${i}`, protocol: 'tcp', mode: 'standard', key: { kind: 'keep' }, place } as const;
      return { ...shared, ...nameOf(i), proxy: proxyOf(i), endpoint: endpointOf(i), tunnels: [(i % tunnels) + 1] };
    }),
    sourceDigest: new Uint8Array(32),
    place,
  };
}

function nameOf(i: number): { readonly group: number; readonly id: number } {
  return { group: Math.floor(i / servicesOfAGroup) + 1, id: (i % servicesOfAGroup) + 1 };
}

function proxyOf(i: number): Endpoint {
  return endpointIn(proxyNetwork, i);
}

function endpointOf(i: number): Endpoint {
  return endpointIn(1, i);
}

function endpointIn(octet: number, i: number): Endpoint {
  const address = Math.floor(i / portsOfAnAddress);
  const ip = `${octet}.${address >> 16}.${(address >> 8) & 255}.${address & 255}` as Ip;
  return { ip, port: (firstPort + (i % portsOfAnAddress)) as Port };
}

/** Sixteen bytes of its own for each service. */
function keyOf(i: number): Uint8Array {
  const key = new Uint8Array(16).fill(0x5a);
  new DataView(key.buffer).setUint32(keyNumberAt, i);
  return key;
}
