// The packets that prove a service: a request, its reply, and those that must be refused, each with the verdict and the very bytes
// that must come out. Derived from the topology alone, so that rows and program are both under test.
import type { Endpoint } from '../net/endpoint.ts';
import type { Family } from '../net/ip.ts';
import { shortData } from '../packet/gue.ts';
import { buildEchoReply, buildEchoRequest } from '../packet/icmp.ts';
import { packetOf } from '../packet/ipv4.ts';
import { buildUdp } from '../packet/transport.ts';
import { featureBits } from '../tables/features.ts';
import { serviceKey } from '../tables/table.ts';
import type { Direction, Tunnel } from '../topology/topology.ts';
import type { Plan } from './plan.ts';
import { elsewhereOf, entryOf } from './probe-entries.ts';
import {
  clientOf,
  decapsulated,
  encapsulated,
  inward,
  type Passage,
  type ProbeCase,
  type ProbeStep,
  packetAt,
  segment,
  strangerTo,
  unheardOf,
  unrelated,
} from './probe-packets.ts';
import { heardFrom, learningSteps } from './probe-pings.ts';

/** Traffic that is nobody's passes both hooks as it came. */
export function strangerCases(plan: Plan): ProbeCase[] {
  const families: Family[] = plan.load.topologyFeatures & featureBits.ipv6 ? [4, 6] : [4];
  return families.map((family) => {
    const frame = unrelated(family);
    const step = (direction: Direction): ProbeStep => ({
      name: `unrelated packet at ${direction}`,
      packet: packetAt(plan, direction, frame),
      expect: ['pass-not-ours'],
      packetOut: frame,
    });
    return { name: 'unrelated traffic', place: plan.topology.place, steps: [step('ingress'), step('egress')] };
  });
}

/**
 * @param pinged ids of learned tunnels that an earlier case of the same scratch load has made known; added to
 * @param nowNs CLOCK_REALTIME
 */
export function serviceCases(plan: Plan, position: number, pinged: Set<number>, nowNs: bigint): ProbeCase[] {
  const service = plan.topology.services[position];
  if (!service) return [];
  const tunnels = service.tunnels.flatMap((id) => findTunnel(plan.topology.tunnels, id) ?? []);
  const name = `service "${service.name}" (${service.group}/${service.id})`;
  return tunnels.flatMap((tunnel) => {
    const assigned = plan.assignments.tunnels.get(tunnel.id);
    const remote = tunnel.remote === 'learned' ? heardFrom(tunnel) : tunnel.remote;
    // Of two tunnels between the same ends the first is meant by what arrives.
    if (!remote || !assigned || tunnels.find((other) => haveSameEnds(other, tunnel)) !== tunnel) return [];
    const passage: Passage = {
      plan,
      service,
      tunnel,
      remote,
      header: { group: service.group, service: service.id, key: serviceKey(plan.assignments, position) },
      previousKey: plan.assignments.previousKeys[position],
      signKey: assigned.signKey,
      epoch: assigned.epoch,
      nowNs,
    };
    return {
      name: tunnels.length > 1 ? `${name} by tunnel ${tunnel.id}` : name,
      place: service.place,
      steps: plan.topology.role === 'gateway' ? gatewaySteps(passage, pinged, tunnels) : nodeSteps(passage, tunnels),
    };
  });
}

function gatewaySteps(passage: Passage, pinged: Set<number>, tunnels: readonly Tunnel[]): ProbeStep[] {
  const { plan, service, tunnel } = passage;
  const client = clientOf(service.proxy);
  const request = segment(service, client, service.proxy);
  const reply = segment(service, service.proxy, client);
  const asked = packetAt(plan, 'egress', request, entryOf(plan, service));
  // Of several tunnels the first carries requests; the others are only taken from.
  const carries = service.tunnels[0] === tunnel.id;
  const steps: ProbeStep[] = [];
  if (tunnel.remote === 'learned' && !pinged.has(tunnel.id)) {
    const learning = learningSteps(passage, carries ? asked : undefined);
    steps.push(...learning.steps);
    if (!learning.isKnown) return steps;
    pinged.add(tunnel.id);
  }
  const elsewhere = carries ? elsewhereOf(plan, service) : undefined;
  if (elsewhere !== undefined)
    steps.push({
      name: 'request that entered elsewhere',
      packet: packetAt(plan, 'egress', request, elsewhere),
      expect: ['pass-not-ours'],
      packetOut: request,
    });
  return [
    ...steps,
    ...(carries ? [{ name: 'request', packet: asked, ...encapsulated(passage, request) }] : []),
    { name: 'reply', packet: packetAt(plan, 'ingress', inward(passage, reply)), ...decapsulated(plan, reply) },
    ...refusals(passage, reply, reply, tunnels),
    ...(carries ? gatewayEcho(passage, client) : []),
  ];
}

function gatewayEcho(passage: Passage, client: Endpoint): ProbeStep[] {
  const { plan, service } = passage;
  const request = buildEchoRequest({ source: client.ip, destination: service.proxy.ip, identifier: client.port });
  const reply = buildEchoReply({ source: service.proxy.ip, destination: client.ip, identifier: client.port });
  const asked = { name: 'echo request', packet: packetAt(plan, 'egress', request) };
  switch (service.echo) {
    case 'pass':
      return [];
    case 'answer':
      return [{ ...asked, expect: ['echo-answered'], packetOut: reply }];
    case 'carry':
      return [
        { ...asked, ...encapsulated(passage, request) },
        { name: 'echo reply', packet: packetAt(plan, 'ingress', inward(passage, reply)), ...decapsulated(plan, reply) },
      ];
    default:
      return service.echo satisfies never;
  }
}

function nodeSteps(passage: Passage, tunnels: readonly Tunnel[]): ProbeStep[] {
  const { plan, service } = passage;
  const { proxy, endpoint } = service;
  const client = clientOf(proxy);
  const request = segment(service, client, proxy);
  const delivered = segment(service, client, endpoint);
  const steps: ProbeStep[] = [];
  if (service.fallback === 'pass') {
    const unasked = segment(service, endpoint, unheardOf(proxy));
    steps.push({
      name: 'reply whose request was not seen',
      packet: packetAt(plan, 'egress', unasked),
      expect: ['pass-not-ours'],
      packetOut: unasked,
    });
  }
  return [
    ...steps,
    { name: 'request', packet: packetAt(plan, 'ingress', inward(passage, request)), ...decapsulated(plan, delivered) },
    {
      name: 'reply',
      packet: packetAt(plan, 'egress', segment(service, endpoint, client)),
      ...returned(passage, segment(service, proxy, client)),
    },
    ...refusals(passage, request, delivered, tunnels),
    ...nodeEcho(passage, client),
  ];
}

function nodeEcho(passage: Passage, client: Endpoint): ProbeStep[] {
  const { plan, service } = passage;
  if (service.echo !== 'carry') return [];
  const identifier = client.port;
  const requestTo = ({ ip }: Endpoint) => buildEchoRequest({ source: client.ip, destination: ip, identifier });
  const replyOf = ({ ip }: Endpoint) => buildEchoReply({ source: ip, destination: client.ip, identifier });
  return [
    {
      name: 'echo request',
      packet: packetAt(plan, 'ingress', inward(passage, requestTo(service.proxy))),
      ...decapsulated(plan, requestTo(service.endpoint)),
    },
    {
      name: 'echo reply',
      packet: packetAt(plan, 'egress', replyOf(service.endpoint)),
      ...returned(passage, replyOf(service.proxy)),
    },
  ];
}

function returned(passage: Passage, reply: Uint8Array): Pick<ProbeStep, 'expect' | 'packetOut' | 'chanceAt'> {
  return passage.service.mode === 'dso'
    ? { expect: ['returned-direct'], packetOut: reply }
    : encapsulated(passage, reply);
}

/** What comes with the previous key, and what must not come in: `inner` in the tunnel would be `delivered`. */
function refusals(
  passage: Passage,
  inner: Uint8Array,
  delivered: Uint8Array,
  tunnels: readonly Tunnel[],
): readonly ProbeStep[] {
  const { plan, tunnel, remote, header, previousKey } = passage;
  const at = (frame: Uint8Array) => packetAt(plan, 'ingress', frame);
  if (tunnel.header === 'short') {
    const payload = shortData((tunnel.id ^ 1) >>> 0, packetOf(inner));
    const frame = buildUdp({ source: remote, destination: tunnel.local, payload, checksum: 'none' });
    return [{ name: 'packet of another tunnel', packet: at(frame), expect: ['wrong-tunnel'] }];
  }
  const withKey = (key: Uint8Array) => at(inward({ ...passage, header: { ...header, key } }, inner));
  const takesStrangers = tunnels.some(
    (other) => other.header === 'keyed' && other.source === 'by-key' && haveSameLocal(other, tunnel),
  );
  return [
    ...(previousKey
      ? [{ name: 'packet with the previous key', packet: withKey(previousKey), ...decapsulated(plan, delivered) }]
      : []),
    { name: 'packet with a wrong key', packet: withKey(wrongKey(header.key, previousKey)), expect: ['bad-key'] },
    ...(takesStrangers
      ? []
      : [
          {
            name: 'packet from a stranger',
            packet: at(inward(passage, inner, strangerTo(tunnel.local))),
            expect: ['wrong-source'],
          },
        ]),
  ];
}

function wrongKey(key: Uint8Array, previousKey: Uint8Array | undefined): Uint8Array {
  const other = (bit: number) => key.map((byte, at) => (at === 15 ? byte ^ bit : byte));
  const wrong = other(1);
  return previousKey && Buffer.compare(wrong, previousKey) === 0 ? other(2) : wrong;
}

function haveSameEnds(a: Tunnel, b: Tunnel): boolean {
  return haveSameLocal(a, b) && a.header === b.header && sameRemote(a, b);
}

function sameRemote({ remote: a }: Tunnel, { remote: b }: Tunnel): boolean {
  return a === 'learned' || b === 'learned' ? a === b : a.ip === b.ip && a.port === b.port;
}

function haveSameLocal({ local: a }: Tunnel, { local: b }: Tunnel): boolean {
  return a.ip === b.ip && a.port === b.port;
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
