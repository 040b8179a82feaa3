// Probes find a program that does not do what a field of the file asks for: each fault is the model with one bit taken away.
import { describe, expect, test } from 'vitest';
import { evaluateIn } from '../../../src/datapath/memory/evaluate.ts';
import type { MemoryMap } from '../../../src/datapath/memory/map.ts';
import type { Evaluator } from '../../../src/datapath/memory/probe.ts';
import type { Load } from '../../../src/datapath/memory/world.ts';
import { featureBits } from '../../../src/tables/features.ts';
import { type TunnelValue, tunnel, tunnelFlags } from '../../../src/tables/tunnel.ts';
import { serviceFlags, type VerifyValue, verify } from '../../../src/tables/verify.ts';
import type { Service, Topology, Tunnel } from '../../../src/topology/topology.ts';
import { applyOn, makeWorld, now } from '../../support/memory.ts';
import { endpoint, keyOf, serviceOf, somewhere, topologyOf, tunnelOf } from '../../support/topologies.ts';

const around = { nowNs: () => now, taiNs: () => now, fib: () => ({ kind: 'no-neighbour', ifindex: 2 }) as const };
const eth0 = { name: 'eth0', flags: { ingress: 1, egress: 1 }, place: somewhere };
const key = (text: string) => ({ kind: 'bytes', bytes: keyOf(text) }) as const;

function gatewayWith(service: Partial<Service>, one: Partial<Tunnel> = {}): Topology {
  return topologyOf({ interfaces: [eth0], tunnels: [tunnelOf(100, one)], services: [serviceOf(1, service)] });
}

function nodeWith(service: Partial<Service>): Topology {
  const flags = { ingress: 1, egress: 0 };
  return {
    ...gatewayWith({ endpoint: endpoint('10.0.0.1:80'), ...service }),
    role: 'node',
    interfaces: [{ ...eth0, flags }],
  };
}

/** The model over what `spoil` makes of a load. */
function faulty(spoil: (load: Load) => Load): Evaluator {
  return (view, packet) => evaluateIn(around, { ...view, load: spoil(view.load) }, packet);
}

const withoutFeature = (bit: number) => faulty((load) => ({ ...load, topologyFeatures: load.topologyFeatures & ~bit }));

function withoutFlag(map: MemoryMap, change: (value: Uint8Array) => Uint8Array): MemoryMap {
  return {
    ...map,
    entries: new Map([...map.entries].map(([name, row]) => [name, { ...row, value: change(row.value) }])),
  };
}

const withTunnels = (change: (row: TunnelValue) => TunnelValue) =>
  faulty((load) => ({
    ...load,
    maps: {
      ...load.maps,
      tunnel: withoutFlag(load.maps.tunnel, (value) => tunnel.value.encode(change(tunnel.value.decode(value)))),
    },
  }));
const withServices = (change: (row: VerifyValue) => VerifyValue) =>
  faulty((load) => ({
    ...load,
    maps: {
      ...load.maps,
      verify: withoutFlag(load.maps.verify, (value) => verify.value.encode(change(verify.value.decode(value)))),
    },
  }));
const tunnelsWithout = (flag: number) => withTunnels((row) => ({ ...row, flags: row.flags & ~flag }));
const servicesWithout = (flag: number) => withServices((row) => ({ ...row, flags: row.flags & ~flag }));

const learned = { remote: 'learned' } as const;
const required = { ...learned, sign: { key: key('signs'), required: true } } as const;
const ipv6 = { local: endpoint('[2001:db8::4]:6080'), remote: endpoint('[2001:db8::3]:6080') };

describe('a program is not activated that', () => {
  test.each<[what: string, topology: Topology, fault: Evaluator, expected: string]>([
    [
      'knows no IPv6',
      gatewayWith({ proxy: endpoint('[2001:db8:5::5]:80') }, ipv6),
      withoutFeature(featureBits.ipv6),
      'request: expected encapsulated, got pass-not-ours',
    ],
    [
      'does not ask where a request entered',
      gatewayWith({ via: 'local' }),
      withoutFeature(featureBits.via),
      'request: expected encapsulated, got pass-not-ours',
    ],
    [
      'does not know the short header when it comes',
      gatewayWith({}, { header: 'short', remoteId: 7 }),
      withoutFeature(featureBits.short),
      'reply: expected decapsulated, got unknown-service',
    ],
    [
      'does not send the short header',
      gatewayWith({}, { header: 'short', remoteId: 7 }),
      tunnelsWithout(tunnelFlags.short),
      'request: expected encapsulated, got encapsulated with another packet',
    ],
    [
      'does not answer echo',
      gatewayWith({ echo: 'answer' }),
      withoutFeature(featureBits.echo),
      'echo request: expected echo-answered, got pass-not-ours',
    ],
    [
      'refuses the echo that it should carry',
      gatewayWith({ echo: 'carry' }),
      servicesWithout(serviceFlags.echo),
      'echo reply: expected decapsulated, got wrong-endpoint',
    ],
    [
      'does not take the previous key',
      gatewayWith({ previousKey: key('before') }),
      servicesWithout(serviceFlags.previousKey),
      'packet with the previous key: expected decapsulated, got bad-key',
    ],
    [
      'takes data from strangers',
      gatewayWith({}, { source: 'strict' }),
      tunnelsWithout(tunnelFlags.strict),
      'packet from a stranger: expected wrong-source, got decapsulated',
    ],
    [
      'takes unsigned pings',
      gatewayWith({}, required),
      tunnelsWithout(tunnelFlags.signRequired),
      'unsigned ping: expected ping-refused, got ping-accepted',
    ],
    [
      'takes pings from anywhere',
      gatewayWith({}, { ...learned, allowFrom: [{ ip: endpoint('198.51.100.0:1').ip, bits: 24 }] }),
      tunnelsWithout(tunnelFlags.allow),
      'ping from elsewhere: expected ping-refused, got ping-accepted',
    ],
    [
      'takes replies whose request it never saw',
      nodeWith({ fallback: 'pass' }),
      servicesWithout(serviceFlags.pass),
      'reply whose request was not seen: expected pass-not-ours, got encapsulated',
    ],
    [
      'brings IPv6 to another endpoint',
      nodeWith({ proxy: endpoint('[2001:db8:5::5]:80'), endpoint: endpoint('[2001:db8:6::1]:80') }),
      withServices((row) => ({ ...row, endpointPort: 81 })),
      'request: expected decapsulated, got decapsulated with another packet',
    ],
  ])('%s', (_, topology, evaluate, expected) => {
    const { outcome } = applyOn(makeWorld(), topology, { evaluate });
    expect(outcome.result).toBe('not-activated');
    expect(outcome.problems[0]?.message).toContain(expected);
    expect(applyOn(makeWorld(), topology).outcome).toMatchObject({ result: 'applied', problems: [] });
  });

  test('expects a signed ping to be refused while the clock is behind the tunnel’s making', () => {
    const world = makeWorld();
    const ahead = now + 3_600_000_000_000n;
    const made = gatewayWith({}, required);
    const evaluate: Evaluator = (view, packet) => evaluateIn({ ...around, taiNs: () => ahead }, view, packet);
    expect(applyOn(world, made, { nowNs: ahead, evaluate }).outcome.result).toBe('applied');
    const changed = gatewayWith({ key: key('another') }, required);
    expect(applyOn(world, changed).outcome).toMatchObject({ result: 'applied', problems: [] });
  });
});
