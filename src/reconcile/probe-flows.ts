// Flows: packets that follow one another and leave something for the next ones, as a service's traffic does. What must come out
// is not said here: probe-mixed.ts compares what several generations make of the same flow.
import { isDeepStrictEqual } from 'node:util';
import type { ProbePacket } from '../datapath/port.ts';
import { type Endpoint, formatEndpoint, sameEndpoint } from '../net/endpoint.ts';
import { familyOf } from '../net/ip.ts';
import { buildEchoReply, buildEchoRequest } from '../packet/icmp.ts';
import type { Place } from '../problem.ts';
import { peer } from '../tables/learned.ts';
import type { Service, Tunnel } from '../topology/topology.ts';
import { serviceNumber } from './assign.ts';
import { entryOf } from './probe-entries.ts';
import { chanceOf, clientOf, inward, packetAt, pingerOf, segment } from './probe-packets.ts';
import { type Passage, passagesOf, passageTitle, type Subject } from './probe-subject.ts';

/** Packed. */
export interface PeerRow {
  readonly key: Uint8Array;
  readonly value: Uint8Array;
}

export interface FlowStep {
  readonly name: string;
  readonly packet: ProbePacket;
  /** Where two bytes of what comes out are chance. */
  readonly chanceAt?: number;
}

export interface Flow {
  readonly title: string;
  readonly place: Place;
  /** Its service is live: there may be such flows now. */
  readonly isLive: boolean;
  /** Its service goes by the same tunnels with the same kind of far ends as it went: what is known of them stays known. */
  readonly keepsFarEnds: boolean;
  /** Where the id of its tunnel leads before and after: one end, unless it comes to mean another. */
  readonly farEnds: readonly Endpoint[];
  /** Where its service's tunnels lead before and after, when that is not the same; otherwise none. */
  readonly movedEnds: readonly Endpoint[];
  /** Of the same service by the same way, as it was and as it will be: what one of them is answered is right for the other. */
  readonly pair: string;
  readonly steps: readonly FlowStep[];
}

/** Client ports of flows: none of them is used by what else is probed. */
const firstPort = 20_000;
const ports = 16_384;

/**
 * Flows of these services as they will be and as they were, those that are alike once.
 * @param wanted serviceNumber of each
 */
export function flowsOf(before: Subject, after: Subject, wanted: ReadonlySet<number>, nowNs: bigint): Flow[] {
  const live = new Set(before.topology.services.map(numberOf));
  const sides = [after, before].map((subject) => passagesIn(subject, wanted, nowNs));
  const farEnds = [before, after].map(
    ({ topology }) => new Map(topology.tunnels.map((one) => [one.id, farEndOf(one)])),
  );
  const flows: Flow[] = [];
  const known = new Set<string>();
  const pairs = new Map<string, number>();
  sides.forEach((passages, side) => {
    const others = sides[1 - side];
    for (const [number, own] of passages)
      for (const passage of own) {
        const pair = `${number} ${wayOf(passage, own, others?.get(number) ?? [])}`;
        const clients = pairs.get(pair) ?? pairs.size;
        pairs.set(pair, clients);
        const steps = flowOf(passage, clients);
        const likeness = likenessOf(steps);
        if (known.has(likeness)) continue;
        known.add(likeness);
        const { place } = passage.service;
        flows.push({
          title: passageTitle(passage),
          place: side === 0 ? place : after.topology.place,
          isLive: live.has(number),
          keepsFarEnds: keepsFarEnds(own, others?.get(number) ?? []),
          movedEnds: movedEnds(own, others?.get(number) ?? []),
          farEnds: farEnds.flatMap((ends) => ends.get(passage.tunnel.id) ?? []),
          pair,
          steps,
        });
      }
  });
  return flows;
}

function passagesIn(subject: Subject, wanted: ReadonlySet<number>, nowNs: bigint): Map<number, Passage[]> {
  const found = new Map<number, Passage[]>();
  subject.topology.services.forEach((service, position) => {
    if (!wanted.has(numberOf(service))) return;
    const passages = passagesOf(subject, position, nowNs);
    found.set(
      numberOf(service),
      passages.map((one) => ({ ...one, remote: farEndOf(one.tunnel) })),
    );
  });
  return found;
}

/** Between the same two ends it is the same way, whatever its tunnel is called; a tunnel whose ends are new and whose old ones are gone has moved. */
function wayOf(passage: Passage, own: readonly Passage[], others: readonly Passage[]): string {
  const ends = endsOf(passage);
  const namesake = others.find(({ tunnel }) => tunnel.id === passage.tunnel.id);
  const isIn = (passages: readonly Passage[], one: string): boolean => passages.some((other) => endsOf(other) === one);
  const hasMoved = namesake && !isIn(others, ends) && !isIn(own, endsOf(namesake));
  return hasMoved ? `tunnel ${passage.tunnel.id}` : ends;
}

function endsOf({ tunnel, remote }: Passage): string {
  return `${formatEndpoint(tunnel.local)} > ${formatEndpoint(remote)}`;
}

/** PEER as the pings of far ends leave it, of these tunnels: rows of one generation's epochs. */
export function learnedOf({ topology, assignments }: Subject, tunnels: ReadonlySet<number>, nowNs: bigint): PeerRow[] {
  return topology.tunnels.flatMap((tunnel) => {
    const assigned = assignments.tunnels.get(tunnel.id);
    if (tunnel.remote !== 'learned' || !tunnels.has(tunnel.id) || !assigned) return [];
    const { ip: remoteIp, port: remotePort } = farEndOf(tunnel);
    const seen = { epoch: assigned.epoch, lastSeenNs: nowNs, sequence: 0n, remoteIp, remotePort };
    const row = { lock: 0, version: 2, moves: 0, minuteNs: 0n, movesInMinute: 0, ...seen };
    return { key: peer.key.encode({ tunnel: tunnel.id }), value: peer.value.encode(row) };
  });
}

/** Ids that these services name, as they are or as they will be. */
export function tunnelsOf(subjects: readonly Subject[], wanted: ReadonlySet<number>): Set<number> {
  const services = subjects.flatMap(({ topology }) => topology.services.filter((one) => wanted.has(numberOf(one))));
  return new Set(services.flatMap(({ tunnels }) => tunnels));
}

/** One place for both generations: whether it may be heard from there is asked by other probes. */
function farEndOf({ local, remote }: Tunnel): Endpoint {
  return remote === 'learned' ? pingerOf(local) : remote;
}

function numberOf({ group, id }: Service): number {
  return serviceNumber(group, id);
}

/** Of one service, its passages before and after, in either order. */
function movedEnds(some: readonly Passage[], others: readonly Passage[]): Endpoint[] {
  const [one, other] = [some, others].map((passages) => passages.map((each) => `${each.tunnel.id} ${endsOf(each)}`));
  return isDeepStrictEqual(one, other) ? [] : [...some, ...others].map(({ remote }) => remote);
}

/** The same. */
function keepsFarEnds([one]: readonly Passage[], [other]: readonly Passage[]): boolean {
  if (!one || !other || one.service.protocol !== other.service.protocol) return false;
  return sameEndpoint(one.service.proxy, other.service.proxy) && kindsOf(one) === kindsOf(other);
}

function kindsOf({ tunnels }: Passage): string {
  return tunnels.map(({ id, remote, local }) => `${id} ${remote === 'learned'} ${familyOf(local.ip)}`).join();
}

function likenessOf(steps: readonly FlowStep[]): string {
  return steps
    .map(({ packet }) => `${packet.direction} ${packet.ingressIfindex} ${Buffer.from(packet.frame).toString('latin1')}`)
    .join('\n');
}

/** @param number two flows that are played on the same learned maps have two */
function flowOf(passage: Passage, number: number): FlowStep[] {
  const client = clientOf(passage.service.proxy, firstPort + (number % ports));
  return passage.subject.topology.role === 'gateway' ? gatewayFlow(passage, client) : nodeFlow(passage, client);
}

function gatewayFlow(passage: Passage, client: Endpoint): FlowStep[] {
  const { subject, service } = passage;
  const { proxy } = service;
  const out = (name: string, frame: Uint8Array, entry?: number): FlowStep => ({
    name,
    packet: packetAt(subject, 'egress', frame, entry),
    ...chanceOf(passage),
  });
  const back = (name: string, frame: Uint8Array): FlowStep => ({
    name,
    packet: packetAt(subject, 'ingress', inward(passage, frame)),
  });
  const steps = [
    out('request', segment(service, client, proxy), entryOf(subject, service)),
    back('reply', segment(service, proxy, client)),
  ];
  if (service.echo !== 'carry') return steps;
  const { request, reply } = echo(client, proxy, proxy);
  return [...steps, out('echo request', request), back('echo reply', reply)];
}

function nodeFlow(passage: Passage, client: Endpoint): FlowStep[] {
  const { subject, service } = passage;
  const { proxy, endpoint } = service;
  const request = (name: string, frame: Uint8Array): FlowStep => ({
    name,
    packet: packetAt(subject, 'ingress', inward(passage, frame)),
  });
  const reply = (name: string, frame: Uint8Array): FlowStep => ({
    name,
    packet: packetAt(subject, 'egress', frame),
    ...chanceOf(passage),
  });
  const steps = [
    request('request', segment(service, client, proxy)),
    reply('reply', segment(service, endpoint, client)),
  ];
  if (service.echo !== 'carry') return steps;
  const frames = echo(client, proxy, endpoint);
  return [...steps, request('echo request', frames.request), reply('echo reply', frames.reply)];
}

/** As a client sends it, and as the server answers. */
function echo(client: Endpoint, proxy: Endpoint, server: Endpoint) {
  const identifier = client.port;
  return {
    request: buildEchoRequest({ source: client.ip, destination: proxy.ip, identifier }),
    reply: buildEchoReply({ source: server.ip, destination: client.ip, identifier }),
  };
}
