// Programs with faults, for probes to find: the packet model over rows with one bit changed; and topologies to try them on.
import { evaluateIn } from '../../src/datapath/memory/evaluate.ts';
import type { MemoryMap } from '../../src/datapath/memory/map.ts';
import type { Evaluator } from '../../src/datapath/memory/probe.ts';
import { type Load, metaOf } from '../../src/datapath/memory/world.ts';
import { type TunnelValue, tunnel } from '../../src/tables/tunnel.ts';
import { type VerifyValue, verify } from '../../src/tables/verify.ts';
import type { Service, Topology, Tunnel } from '../../src/topology/topology.ts';
import { now } from './memory.ts';
import { endpoint, keyOf, serviceOf, somewhere, topologyOf, tunnelOf } from './topologies.ts';

export const around = {
  nowNs: () => now,
  taiNs: () => now,
  fib: () => ({ kind: 'no-neighbour', ifindex: 2 }) as const,
};
export const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };
export const key = (text: string) => ({ kind: 'bytes', bytes: keyOf(text) }) as const;

export function gatewayWith(service: Partial<Service>, one: Partial<Tunnel> = {}): Topology {
  return topologyOf({ interfaces: [eth0], tunnels: [tunnelOf(100, one)], services: [serviceOf(1, service)] });
}

export function nodeWith(service: Partial<Service>): Topology {
  const flags = { ingress: 1, egress: 0 };
  return {
    ...gatewayWith({ endpoint: endpoint('10.0.0.1:80'), ...service }),
    role: 'node',
    interfaces: [{ ...eth0, flags }],
  };
}

/** The model over what `spoil` makes of a load. */
export function faulty(spoil: (load: Load) => Load): Evaluator {
  return (view, packet) => evaluateIn(around, { ...view, load: spoil(view.load) }, packet);
}

export const withoutFeature = (bit: number) =>
  faulty((load) => ({ ...load, topologyFeatures: load.topologyFeatures & ~bit }));

function withValues(map: MemoryMap, change: (value: Uint8Array) => Uint8Array): MemoryMap {
  return {
    ...map,
    entries: new Map([...map.entries].map(([name, row]) => [name, { ...row, value: change(row.value) }])),
  };
}

export const withTunnels = (change: (row: TunnelValue) => TunnelValue) =>
  faulty((load) => ({
    ...load,
    maps: {
      ...load.maps,
      tunnel: withValues(load.maps.tunnel, (value) => tunnel.value.encode(change(tunnel.value.decode(value)))),
    },
  }));
export const withServices = (change: (row: VerifyValue) => VerifyValue) =>
  faulty((load) => ({
    ...load,
    maps: {
      ...load.maps,
      verify: withValues(load.maps.verify, (value) => verify.value.encode(change(verify.value.decode(value)))),
    },
  }));
export const tunnelsWithout = (flag: number) => withTunnels((row) => ({ ...row, flags: row.flags & ~flag }));
export const servicesWithout = (flag: number) => withServices((row) => ({ ...row, flags: row.flags & ~flag }));

/** The same of the programs of one generation alone. */
export function ofGeneration(generation: bigint, fault: Evaluator): Evaluator {
  return (view, packet) =>
    metaOf(view.load).generation === generation ? fault(view, packet) : evaluateIn(around, view, packet);
}
