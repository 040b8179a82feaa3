// The packets that prove a service: a request, its reply, and those that must be refused, each with the verdict and the very bytes
// that must come out. Derived from the topology alone, so that rows and program are both under test.
import type { Endpoint } from '../net/endpoint.ts';
import type { Family } from '../net/ip.ts';
import { buildEchoReply, buildEchoRequest } from '../packet/icmp.ts';
import { featureBits } from '../tables/features.ts';
import { directions } from '../topology/topology.ts';
import { elsewhereOf, entryOf } from './probe-entries.ts';
import {
  clientOf,
  decapsulated,
  encapsulated,
  inward,
  type ProbeCase,
  type ProbeStep,
  packetAt,
  segment,
  unheardOf,
  unrelated,
} from './probe-packets.ts';
import { learningSteps } from './probe-pings.ts';
import { refusals } from './probe-refusals.ts';
import { type Passage, passageTitle, type Subject } from './probe-subject.ts';

/** Traffic that is nobody's passes both hooks as it came. */
export function strangerCases(subject: Subject): ProbeCase[] {
  const families: Family[] = subject.topologyFeatures & featureBits.ipv6 ? [4, 6] : [4];
  return families.map((family) => ({
    name: 'unrelated traffic',
    place: subject.topology.place,
    steps: Object.entries(unrelated(family)).flatMap(([name, frame]) =>
      directions.map((direction) => untouched(`${name} at ${direction}`, packetAt(subject, direction, frame))),
    ),
  }));
}

function untouched(name: string, packet: ProbeStep['packet']): ProbeStep {
  return { name, packet, expect: ['pass-not-ours'], packetOut: packet.frame };
}

/** @param pinged ids of learned tunnels that an earlier case of the same scratch load has made known; added to */
export function passageCase(passage: Passage, pinged: Set<number>): ProbeCase {
  const { subject, service } = passage;
  return {
    name: passageTitle(passage),
    place: service.place,
    steps: subject.topology.role === 'gateway' ? gatewaySteps(passage, pinged) : nodeSteps(passage),
  };
}

function gatewaySteps(passage: Passage, pinged: Set<number>): ProbeStep[] {
  const { subject, service, tunnel } = passage;
  const { protocol, proxy } = service;
  const client = clientOf(proxy);
  const request = segment(service, client, proxy);
  const reply = segment(service, proxy, client);
  const entry = entryOf(subject, service);
  // Of several tunnels the first carries requests; the others are only taken from.
  const carries = service.tunnels[0] === tunnel.id;
  const asked = packetAt(subject, 'egress', request, entry);
  const steps: ProbeStep[] = [];
  if (tunnel.remote === 'learned' && !pinged.has(tunnel.id)) {
    const learning = learningSteps(passage, carries ? asked : undefined);
    steps.push(...learning.steps);
    if (!learning.isKnown) return steps;
    pinged.add(tunnel.id);
  }
  const elsewhere = carries ? elsewhereOf(subject, service) : undefined;
  if (elsewhere !== undefined)
    steps.push(untouched('request that entered elsewhere', packetAt(subject, 'egress', request, elsewhere)));
  const beside = subject.besideProxy(protocol, proxy);
  if (beside) {
    const packet = packetAt(subject, 'egress', segment(service, client, beside), entry);
    steps.push(untouched('request for another port of the proxy address', packet));
  }
  return [
    ...steps,
    ...(carries ? [{ name: 'request', packet: asked, ...encapsulated(passage, request) }] : []),
    { name: 'reply', packet: packetAt(subject, 'ingress', inward(passage, reply)), ...decapsulated(subject, reply) },
    ...refusals(passage, reply, reply),
    ...(carries ? gatewayEcho(passage, client) : []),
  ];
}

function gatewayEcho(passage: Passage, client: Endpoint): ProbeStep[] {
  const { subject, service } = passage;
  const { echo, proxy } = service;
  if (echo === 'pass') return [];
  const request = buildEchoRequest({ source: client.ip, destination: proxy.ip, identifier: client.port });
  const reply = buildEchoReply({ source: proxy.ip, destination: client.ip, identifier: client.port });
  const asked = { name: 'echo request', packet: packetAt(subject, 'egress', request) };
  switch (echo) {
    case 'answer':
      return [{ ...asked, expect: ['echo-answered'], packetOut: reply }];
    case 'carry':
      return [
        { ...asked, ...encapsulated(passage, request) },
        {
          name: 'echo reply',
          packet: packetAt(subject, 'ingress', inward(passage, reply)),
          ...decapsulated(subject, reply),
        },
      ];
    default:
      return echo satisfies never;
  }
}

function nodeSteps(passage: Passage): ProbeStep[] {
  const { subject, service } = passage;
  const { protocol, proxy, endpoint } = service;
  const client = clientOf(proxy);
  const request = segment(service, client, proxy);
  const delivered = segment(service, client, endpoint);
  const steps: ProbeStep[] = [];
  if (service.fallback === 'pass') {
    const unasked = segment(service, endpoint, unheardOf(proxy));
    steps.push(untouched('reply whose request was not seen', packetAt(subject, 'egress', unasked)));
  }
  const beside = subject.besideEndpoint(protocol, endpoint);
  if (beside) {
    const packet = packetAt(subject, 'egress', segment(service, beside, client));
    steps.push(untouched('packet from another port of the endpoint', packet));
  }
  return [
    ...steps,
    {
      name: 'request',
      packet: packetAt(subject, 'ingress', inward(passage, request)),
      ...decapsulated(subject, delivered),
    },
    {
      name: 'reply',
      packet: packetAt(subject, 'egress', segment(service, endpoint, client)),
      ...returned(passage, segment(service, proxy, client)),
    },
    ...refusals(passage, request, delivered),
    ...nodeEcho(passage, client),
  ];
}

function nodeEcho(passage: Passage, client: Endpoint): ProbeStep[] {
  const { subject, service } = passage;
  if (service.echo !== 'carry') return [];
  const identifier = client.port;
  const requestTo = ({ ip }: Endpoint) => buildEchoRequest({ source: client.ip, destination: ip, identifier });
  const replyOf = ({ ip }: Endpoint) => buildEchoReply({ source: ip, destination: client.ip, identifier });
  return [
    {
      name: 'echo request',
      packet: packetAt(subject, 'ingress', inward(passage, requestTo(service.proxy))),
      ...decapsulated(subject, requestTo(service.endpoint)),
    },
    {
      name: 'echo reply',
      packet: packetAt(subject, 'egress', replyOf(service.endpoint)),
      ...returned(passage, replyOf(service.proxy)),
    },
  ];
}

function returned(passage: Passage, reply: Uint8Array): Pick<ProbeStep, 'expect' | 'packetOut' | 'chanceAt'> {
  return passage.service.mode === 'dso'
    ? { expect: ['returned-direct'], packetOut: reply }
    : encapsulated(passage, reply);
}
