// The packets that prove a service: a request, its reply, and one with a wrong key, each with the verdict and the very
// bytes that must come out. Derived from the topology alone, so that rows and program are both under test.
import type { ProbePacket } from '../datapath/port.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import { type GueHeader, gueData, guePing } from '../packet/gue.ts';
import { packetOf } from '../packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../packet/transport.ts';
import type { Place } from '../problem.ts';
import { serviceKey } from '../tables/table.ts';
import { type Direction, flagBits, type Service, type Tunnel } from '../topology/topology.ts';
import type { Plan } from './plan.ts';

export interface ProbeStep {
  readonly name: string;
  readonly packet: ProbePacket;
  /** Verdicts that are right; the first is the one whose packet is known. */
  readonly expect: readonly string[];
  /** From the Ethernet header, whose addresses are not compared. Absent: the packet does not matter. */
  readonly packetOut?: Uint8Array;
}

/** Steps follow one another in one scratch load: what a request leaves there, its reply finds. */
export interface ProbeCase {
  readonly name: string;
  readonly place: Place;
  readonly steps: readonly ProbeStep[];
}

// Documentation addresses (RFC 5737): nobody's real client or node.
const client: Endpoint = { ip: '198.51.100.7' as Ip, port: 40000 as Port };
const stranger: Endpoint = { ip: '203.0.113.9' as Ip, port: 53 as Port };
const pinger: Endpoint = { ip: '198.51.100.99' as Ip, port: 41000 as Port };
const payload = new TextEncoder().encode('trueingress probe');

/** Traffic that is nobody's passes both hooks as it came. */
export function strangerCases(plan: Plan): ProbeCase[] {
  const frame = buildUdp({ source: client, destination: stranger, payload });
  const step = (direction: Direction): ProbeStep => ({
    name: `unrelated packet at ${direction}`,
    packet: packetAt(plan, direction, frame),
    expect: ['pass-not-ours'],
    packetOut: frame,
  });
  return [{ name: 'unrelated traffic', place: plan.topology.place, steps: [step('ingress'), step('egress')] }];
}

/** @param pinged ids of learned tunnels that an earlier case of the same scratch load has made known; added to */
export function serviceCases(plan: Plan, position: number, pinged: Set<number>): ProbeCase[] {
  const service = plan.topology.services[position];
  if (!service) return [];
  const header: GueHeader = {
    group: service.group,
    service: service.id,
    key: serviceKey(plan.assignments, position),
  };
  const tunnels = service.tunnels.flatMap((id) => findTunnel(plan.topology.tunnels, id) ?? []);
  const name = `service "${service.name}" (${service.group}/${service.id})`;
  return tunnels.map((tunnel) => ({
    name: tunnels.length > 1 ? `${name} by tunnel ${tunnel.id}` : name,
    place: service.place,
    steps:
      plan.topology.role === 'gateway'
        ? gatewaySteps(plan, service, tunnel, header, pinged)
        : nodeSteps(plan, service, tunnel, header),
  }));
}

function gatewaySteps(
  plan: Plan,
  service: Service,
  tunnel: Tunnel,
  header: GueHeader,
  pinged: Set<number>,
): ProbeStep[] {
  const { local } = tunnel;
  const remote = tunnel.remote === 'learned' ? pinger : tunnel.remote;
  const request = segment(service, client, service.proxy);
  const reply = segment(service, service.proxy, client);
  const learns: ProbeStep[] = [];
  if (tunnel.remote === 'learned' && !pinged.has(tunnel.id)) {
    pinged.add(tunnel.id);
    learns.push(
      {
        name: 'request before the far end is known',
        packet: packetAt(plan, 'egress', request),
        expect: ['no-remote'],
      },
      {
        name: 'ping',
        packet: packetAt(
          plan,
          'ingress',
          buildUdp({ source: pinger, destination: local, payload: guePing(header, tunnel.id) }),
        ),
        expect: ['ping-accepted'],
      },
    );
  }
  return [
    ...learns,
    {
      name: 'request',
      packet: packetAt(plan, 'egress', request),
      expect: encapsulates(plan),
      packetOut: throughTunnel(local, remote, header, request),
    },
    {
      name: 'reply',
      packet: packetAt(plan, 'ingress', throughTunnel(remote, local, header, reply)),
      expect: ['decapsulated'],
      packetOut: reply,
    },
    wrongKey(plan, remote, local, header, reply),
  ];
}

function nodeSteps(plan: Plan, service: Service, tunnel: Tunnel, header: GueHeader): ProbeStep[] {
  const { local, remote } = tunnel;
  if (remote === 'learned') return [];
  const request = segment(service, client, service.proxy);
  const delivered = segment(service, client, service.endpoint);
  const answer = segment(service, service.endpoint, client);
  const reply = segment(service, service.proxy, client);
  return [
    {
      name: 'request',
      packet: packetAt(plan, 'ingress', throughTunnel(remote, local, header, request)),
      expect: ['decapsulated'],
      packetOut: delivered,
    },
    service.mode === 'dso'
      ? { name: 'reply', packet: packetAt(plan, 'egress', answer), expect: ['returned-direct'], packetOut: reply }
      : {
          name: 'reply',
          packet: packetAt(plan, 'egress', answer),
          expect: encapsulates(plan),
          packetOut: throughTunnel(local, remote, header, reply),
        },
    wrongKey(plan, remote, local, header, request),
  ];
}

/** Tunnels are sorted by id. */
function findTunnel(tunnels: readonly Tunnel[], id: number): Tunnel | undefined {
  let low = 0;
  let high = tunnels.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((tunnels[middle]?.id ?? 0) < id) low = middle + 1;
    else high = middle;
  }
  return tunnels[low]?.id === id ? tunnels[low] : undefined;
}

function wrongKey(plan: Plan, remote: Endpoint, local: Endpoint, header: GueHeader, inner: Uint8Array): ProbeStep {
  const key = header.key.map((byte, at) => (at === 15 ? byte ^ 1 : byte));
  return {
    name: 'packet with a wrong key',
    packet: packetAt(plan, 'ingress', throughTunnel(remote, local, { ...header, key }, inner)),
    expect: ['bad-key'],
  };
}

/** With `fib` the kernel's routes and neighbours of the moment decide too; they are no part of what is proved here. */
function encapsulates(plan: Plan): readonly string[] {
  const [first] = plan.interfaces;
  return first && first.flags.egress & flagBits.egress.fib ? ['encapsulated', 'fib-failed'] : ['encapsulated'];
}

function throughTunnel(source: Endpoint, destination: Endpoint, header: GueHeader, inner: Uint8Array): Uint8Array {
  return buildUdp({ source, destination, payload: gueData(header, packetOf(inner)), checksum: 'none' });
}

function segment(service: Service, source: Endpoint, destination: Endpoint): Uint8Array {
  return service.protocol === 'tcp'
    ? buildTcp({ source, destination, payload, flags: tcpFlags.psh | tcpFlags.ack })
    : buildUdp({ source, destination, payload });
}

function packetAt(plan: Plan, direction: Direction, frame: Uint8Array): ProbePacket {
  const ifindex = plan.interfaces[0]?.ifindex ?? 1;
  return { direction, ifindex, ingressIfindex: direction === 'ingress' ? ifindex : 0, frame };
}
