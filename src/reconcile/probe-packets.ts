// What probes are made of: synthetic ends, and frames as they go through a tunnel. Derived from the topology alone.
import type { ProbePacket } from '../datapath/port.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { type GueHeader, gueData, shortData } from '../packet/gue.ts';
import { packetOf } from '../packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../packet/transport.ts';
import type { Place } from '../problem.ts';
import { type Direction, flagBits, type Service, type Tunnel } from '../topology/topology.ts';
import type { Plan } from './plan.ts';

export interface ProbeStep {
  readonly name: string;
  readonly packet: ProbePacket;
  /** Verdicts that are right; the first is the one whose packet is known. */
  readonly expect: readonly string[];
  /** From the Ethernet header, whose addresses are not compared. Absent: the packet does not matter. */
  readonly packetOut?: Uint8Array;
  /** Where two bytes of packetOut are chance. */
  readonly chanceAt?: number;
}

/** Steps follow one another in one scratch load: what a request leaves there, its reply finds. */
export interface ProbeCase {
  readonly name: string;
  readonly place: Place;
  readonly steps: readonly ProbeStep[];
}

/** One service on its way through one of its tunnels. */
export interface Passage {
  readonly plan: Plan;
  readonly service: Service;
  readonly tunnel: Tunnel;
  /** The far end: the tunnel's, or where a learned one is heard from. */
  readonly remote: Endpoint;
  readonly header: GueHeader;
  readonly previousKey: Uint8Array | undefined;
  /** 16 bytes, where the tunnel signs. */
  readonly signKey: Uint8Array | undefined;
  /** Of the tunnel. */
  readonly epoch: bigint;
  /** CLOCK_REALTIME. */
  readonly nowNs: bigint;
}

// Documentation addresses (RFC 5737, RFC 3849): nobody's real client or node.
const people: Readonly<Record<Family, Readonly<Record<'client' | 'stranger' | 'pinger', Ip>>>> = {
  4: { client: '198.51.100.7' as Ip, stranger: '203.0.113.9' as Ip, pinger: '198.51.100.99' as Ip },
  6: { client: '2001:db8:7::7' as Ip, stranger: '2001:db8:9::9' as Ip, pinger: '2001:db8:99::99' as Ip },
};

const port = (number: number): Port => number as Port;

/** In the family of whom it talks to. */
export function clientOf({ ip }: Endpoint): Endpoint {
  return { ip: people[familyOf(ip)].client, port: port(40000) };
}

/** A client whose requests were never seen. */
export function unheardOf(other: Endpoint): Endpoint {
  return { ...clientOf(other), port: port(40001) };
}

export function strangerTo({ ip }: Endpoint): Endpoint {
  return { ip: people[familyOf(ip)].stranger, port: port(53) };
}

export function pingerOf({ ip }: Endpoint): Endpoint {
  return { ip: people[familyOf(ip)].pinger, port: port(41000) };
}

const payload = new TextEncoder().encode('trueingress probe');

export function segment({ protocol }: Service, source: Endpoint, destination: Endpoint): Uint8Array {
  return protocol === 'tcp'
    ? buildTcp({ source, destination, payload, flags: tcpFlags.psh | tcpFlags.ack })
    : buildUdp({ source, destination, payload });
}

/** A datagram that no tunnel and no service is concerned with. */
export function unrelated(family: Family): Uint8Array {
  const { client, stranger } = people[family];
  return buildUdp({
    source: { ip: client, port: port(40000) },
    destination: { ip: stranger, port: port(53) },
    payload,
  });
}

/** As it leaves for the far end. */
export function outward({ tunnel, remote, header }: Passage, inner: Uint8Array): Uint8Array {
  const packet = packetOf(inner);
  const gue = tunnel.header === 'short' ? shortData(tunnel.remoteId, packet) : gueData(header, packet);
  return buildUdp({ source: tunnel.local, destination: remote, payload: gue, checksum: 'none' });
}

/** As it comes from there. */
export function inward({ tunnel, remote, header }: Passage, inner: Uint8Array, source = remote): Uint8Array {
  const packet = packetOf(inner);
  const gue = tunnel.header === 'short' ? shortData(tunnel.id, packet) : gueData(header, packet);
  return buildUdp({ source, destination: tunnel.local, payload: gue, checksum: 'none' });
}

/** Of a frame with the outer header: where the UDP source port is. */
const sourcePortAt: Readonly<Record<Family, number>> = { 4: 34, 6: 54 };

/**
 * With `fib` or `fwd` the kernel's routes and neighbours of the moment decide too; they are no part of what is proved here.
 */
export function encapsulated(
  passage: Passage,
  inner: Uint8Array,
): Pick<ProbeStep, 'expect' | 'packetOut' | 'chanceAt'> {
  const { plan, tunnel } = passage;
  const { fib, fwd } = flagBits.egress;
  return {
    expect: flagsOf(plan, 'egress') & (fib | fwd) ? ['encapsulated', 'fib-failed'] : ['encapsulated'],
    packetOut: outward(passage, inner),
    ...(tunnel.sourcePort === 'flow-hash' && { chanceAt: sourcePortAt[familyOf(tunnel.local.ip)] }),
  };
}

/** With `fwd` the packet is routed at once: a way, and a TTL that is lower where there is one. */
export function decapsulated(plan: Plan, packetOut: Uint8Array): Pick<ProbeStep, 'expect' | 'packetOut'> {
  return flagsOf(plan, 'ingress') & flagBits.ingress.fwd
    ? { expect: ['decapsulated', 'fib-failed'] }
    : { expect: ['decapsulated'], packetOut };
}

function flagsOf({ interfaces }: Plan, direction: Direction): number {
  return interfaces[0]?.flags[direction] ?? 0;
}

/** @param entry egress: by which interface it entered the host, 0: it is the host's own */
export function packetAt(plan: Plan, direction: Direction, frame: Uint8Array, entry = 0): ProbePacket {
  const ifindex = plan.interfaces[0]?.ifindex ?? 1;
  return { direction, ifindex, ingressIfindex: direction === 'ingress' ? ifindex : entry, frame };
}
