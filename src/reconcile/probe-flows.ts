// Flows: packets that follow one another and leave something for the next ones, as a service's traffic does. What must come out
// is not said here: probe-mixed.ts compares what several generations make of the same flow.
import type { ProbePacket } from '../datapath/port.ts';
import type { Endpoint } from '../net/endpoint.ts';
import { buildEchoReply, buildEchoRequest } from '../packet/icmp.ts';
import type { Place } from '../problem.ts';
import { peer } from '../tables/learned.ts';
import type { Service, Tunnel } from '../topology/topology.ts';
import { serviceNumber } from './assign.ts';
import { entryOf } from './probe-entries.ts';
import { chanceOf, clientOf, inward, packetAt, pingerOf, segment } from './probe-packets.ts';
import { findTunnel, type Passage, passagesOf, passageTitle, type Subject } from './probe-subject.ts';

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
  /** The far end of its tunnel will be learned and was not: it is not known before it pings. */
  readonly learnsAnew: boolean;
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
  const flows: Flow[] = [];
  const known = new Set<string>();
  for (const subject of [after, before])
    subject.topology.services.forEach((service, position) => {
      const number = numberOf(service);
      if (!wanted.has(number)) return;
      for (const found of passagesOf(subject, position, nowNs)) {
        const passage = { ...found, remote: farEndOf(found.tunnel) };
        const likeness = likenessOf(flowOf(passage, 0));
        if (known.has(likeness)) continue;
        known.add(likeness);
        const { protocol, proxy } = service;
        flows.push({
          title: passageTitle(passage),
          place: subject === after ? service.place : after.topology.place,
          isLive: live.has(number),
          learnsAnew: after
            .atProxy(protocol, proxy)
            .some(({ tunnels }) => tunnels.some((id) => isLearned(after, id) && !isLearned(before, id))),
          steps: flowOf(passage, flows.length + 1),
        });
      }
    });
  return flows;
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

function isLearned({ topology }: Subject, id: number): boolean {
  return findTunnel(topology.tunnels, id)?.remote === 'learned';
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
