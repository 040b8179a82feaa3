// What probes are made of: synthetic ends, and frames as they go through a tunnel. Derived from the topology alone.
import type { ProbePacket } from '../datapath/port.ts';
import { type Endpoint, guePort, type Port } from '../net/endpoint.ts';
import { type Family, familyOf, type Ip } from '../net/ip.ts';
import { gueData, shortData } from '../packet/gue.ts';
import { packetOf } from '../packet/ipv4.ts';
import { buildTcp, buildUdp, tcpFlags } from '../packet/transport.ts';
import type { Place } from '../problem.ts';
import { type Direction, flagBits, type Service } from '../topology/topology.ts';
import type { Passage, Subject } from './probe-subject.ts';

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

// Documentation addresses (RFC 5737, RFC 3849): nobody's real client or node.
const people: Readonly<Record<Family, Readonly<Record<'client' | 'stranger' | 'pinger', Ip>>>> = {
  4: { client: '198.51.100.7' as Ip, stranger: '203.0.113.9' as Ip, pinger: '198.51.100.99' as Ip },
  6: { client: '2001:db8:7::7' as Ip, stranger: '2001:db8:9::9' as Ip, pinger: '2001:db8:99::99' as Ip },
};

const port = (number: number): Port => number as Port;

/** In the family of whom it talks to. */
export function clientOf({ ip }: Endpoint, number = 40000): Endpoint {
  return { ip: people[familyOf(ip)].client, port: port(number) };
}

/** A client whose requests were never seen. */
export function unheardOf(other: Endpoint): Endpoint {
  return clientOf(other, 40001);
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

/** What no tunnel and no service is concerned with: a datagram, one to where GUE goes on other hosts, a segment. */
export function unrelated(family: Family): Readonly<Record<string, Uint8Array>> {
  const { client, stranger } = people[family];
  const source = { ip: client, port: port(40000) };
  const to = (number: number) => ({ source, destination: { ip: stranger, port: port(number) }, payload });
  return {
    'unrelated packet': buildUdp(to(53)),
    'GUE of others': buildUdp(to(guePort)),
    'unrelated connection': buildTcp({ ...to(443), flags: tcpFlags.syn }),
  };
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
  const { subject } = passage;
  const { fib, fwd } = flagBits.egress;
  return {
    expect: flagsOf(subject, 'egress') & (fib | fwd) ? ['encapsulated', 'fib-failed'] : ['encapsulated'],
    packetOut: outward(passage, inner),
    ...chanceOf(passage),
  };
}

export function chanceOf({ tunnel }: Passage): Pick<ProbeStep, 'chanceAt'> {
  return tunnel.sourcePort === 'flow-hash' ? { chanceAt: sourcePortAt[familyOf(tunnel.local.ip)] } : {};
}

/** With `fwd` the packet is routed at once: a way, and a TTL that is lower where there is one. */
export function decapsulated(subject: Subject, packetOut: Uint8Array): Pick<ProbeStep, 'expect' | 'packetOut'> {
  return flagsOf(subject, 'ingress') & flagBits.ingress.fwd
    ? { expect: ['decapsulated', 'fib-failed'] }
    : { expect: ['decapsulated'], packetOut };
}

function flagsOf({ interfaces }: Subject, direction: Direction): number {
  return interfaces[0]?.flags[direction] ?? 0;
}

/** @param entry egress: by which interface it entered the host, 0: it is the host's own */
export function packetAt(subject: Subject, direction: Direction, frame: Uint8Array, entry = 0): ProbePacket {
  const ifindex = subject.interfaces[0]?.ifindex ?? 1;
  return { direction, ifindex, ingressIfindex: direction === 'ingress' ? ifindex : entry, frame };
}
