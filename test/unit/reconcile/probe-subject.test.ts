// The port beside a service that nobody has: what shows that a key, or a row, opens its own service only.
import { describe, expect, test } from 'vitest';
import type { Port } from '../../../src/net/endpoint.ts';
import type { Ip } from '../../../src/net/ip.ts';
import { makeSubject, type Subject } from '../../../src/reconcile/probe-subject.ts';
import { serviceOf, topologyOf } from '../../support/topologies.ts';

const ip = '5.5.5.5' as Ip;
const at = (port: number) => ({ ip, port: port as Port });

const noAssignments = {
  tunnels: new Map(),
  serviceCounters: new Uint32Array(0),
  serviceKeys: [],
  previousKeys: [],
  signKeys: [],
};

function subjectWith(ports: readonly number[]): Subject {
  const services = ports.map((port, index) => serviceOf(index + 1, { proxy: at(port), protocol: 'tcp' }));
  return makeSubject(
    {
      topology: topologyOf({ services }),
      interfaces: [],
      entries: new Map(),
      assignments: noAssignments,
      topologyFeatures: 0,
    },
    services,
  );
}

const oneBitAway = (port: number) => Array.from({ length: 16 }, (_, bit) => port ^ (1 << bit));

describe('the port beside a service', () => {
  test('is one bit away', () => {
    expect(subjectWith([80]).besideProxy('tcp', at(80))).toEqual(at(81));
    expect(subjectWith([80, 81]).besideProxy('tcp', at(80))).toEqual(at(82));
  });

  test('is never 0, and that of another protocol is free', () => {
    expect(subjectWith([1]).besideProxy('tcp', at(1))).toEqual(at(3));
    expect(subjectWith([80, 81]).besideProxy('udp', at(80))).toEqual(at(81));
  });

  test('is the first that is free where all those are taken, and none where all ports are', () => {
    expect(subjectWith([1000, ...oneBitAway(1000)]).besideProxy('tcp', at(1000))).toEqual(at(1));
    const full = subjectWith(Array.from({ length: 65_535 }, (_, port) => port + 1));
    expect(full.besideProxy('tcp', at(1000))).toBeUndefined();
    expect(full.besideProxy('tcp', at(2000))).toBeUndefined();
  });
});
