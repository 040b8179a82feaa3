// What must not come out of a tunnel, each with the verdict that refuses it: another key, another tunnel, another end, another
// service's packet. And the one exception, a previous key.
import { type Endpoint, sameEndpoint } from '../net/endpoint.ts';
import { guePing, shortData } from '../packet/gue.ts';
import { packetOf } from '../packet/ipv4.ts';
import { buildUdp } from '../packet/transport.ts';
import { wrongKey } from '../packet/words/outer.ts';
import type { Tunnel } from '../topology/topology.ts';
import { clientOf, decapsulated, inward, type ProbeStep, packetAt, segment, strangerTo } from './probe-packets.ts';
import { pingPacket } from './probe-pings.ts';
import type { Passage } from './probe-subject.ts';

/** @param inner what in the tunnel, with the right key, would be `delivered` */
export function refusals(passage: Passage, inner: Uint8Array, delivered: Uint8Array): readonly ProbeStep[] {
  return [
    ...otherEndpoint(passage),
    ...(passage.tunnel.header === 'short'
      ? otherShortTunnel(passage, inner)
      : keyedRefusals(passage, inner, delivered)),
  ];
}

/** A key opens its own service only: the same host, and a port that is nobody's. */
function otherEndpoint(passage: Passage): ProbeStep[] {
  const { subject, service } = passage;
  const beside = subject.besideProxy(service.protocol, service.proxy);
  if (!beside) return [];
  const client = clientOf(service.proxy);
  const isGateway = subject.topology.role === 'gateway';
  const inner = isGateway ? segment(service, beside, client) : segment(service, client, beside);
  const name = isGateway
    ? 'reply from another port of the proxy address'
    : 'request for another port of the proxy address';
  return [{ name, packet: packetAt(subject, 'ingress', inward(passage, inner)), expect: ['wrong-endpoint'] }];
}

function otherShortTunnel({ subject, tunnel, remote }: Passage, inner: Uint8Array): ProbeStep[] {
  const payload = shortData((tunnel.id ^ 1) >>> 0, packetOf(inner));
  const frame = buildUdp({ source: remote, destination: tunnel.local, payload, checksum: 'none' });
  const packet = packetAt(subject, 'ingress', frame);
  return [{ name: 'packet of another tunnel', packet, expect: ['wrong-tunnel'] }];
}

function keyedRefusals(passage: Passage, inner: Uint8Array, delivered: Uint8Array): ProbeStep[] {
  const { subject, tunnel, tunnels, header, previousKey } = passage;
  const at = (frame: Uint8Array) => packetAt(subject, 'ingress', frame);
  const withKey = (key: Uint8Array) => at(inward({ ...passage, header: { ...header, key } }, inner));
  const bad = wrongKey(header.key, previousKey);
  const takesStrangers = tunnels.some(
    (other) => other.header === 'keyed' && other.source === 'by-key' && sameEndpoint(other.local, tunnel.local),
  );
  const elsewhere = localOfOthers(passage);
  const steps: ProbeStep[] = [];
  if (previousKey)
    steps.push({
      name: 'packet with the previous key',
      packet: withKey(previousKey),
      ...decapsulated(subject, delivered),
    });
  steps.push({ name: 'packet with a wrong key', packet: withKey(bad), expect: ['bad-key'] });
  if (!takesStrangers)
    steps.push({
      name: 'packet from a stranger',
      packet: at(inward(passage, inner, strangerTo(tunnel.local))),
      expect: ['wrong-source'],
    });
  if (elsewhere)
    steps.push({
      name: 'packet by a tunnel of others',
      packet: at(inward({ ...passage, tunnel: { ...tunnel, local: elsewhere } }, inner, strangerTo(elsewhere))),
      expect: ['wrong-tunnel'],
    });
  return [...steps, ...pingRefusals(passage, bad)];
}

/** Of a node: it learns nothing. Of a gateway: with another key, and for a tunnel that the service has no part in. */
function pingRefusals(passage: Passage, badKey: Uint8Array): ProbeStep[] {
  const { subject, tunnel, tunnels, header } = passage;
  const ping = (name: string, payload: Uint8Array, expect: string): ProbeStep => ({
    name,
    packet: pingPacket(passage, payload),
    expect: [expect],
  });
  if (subject.topology.role === 'node') return [ping('ping', guePing(header, tunnel.id), 'ping-refused')];
  return [
    ping('ping with a wrong key', guePing({ ...header, key: badKey }, tunnel.id), 'bad-key'),
    ping('ping for another tunnel', guePing(header, otherId(tunnel.id, tunnels)), 'wrong-tunnel'),
  ];
}

/** Not 0, which is no tunnel. */
function otherId(id: number, tunnels: readonly Tunnel[]): number {
  const free = [1, 2, 4, 8, 16].map((bit) => (id ^ bit) >>> 0);
  return free.find((other) => other !== 0 && !tunnels.some((one) => one.id === other)) ?? id;
}

/** Where GUE is accepted, and not of this service. */
function localOfOthers({ subject, tunnels }: Passage): Endpoint | undefined {
  return subject.locals().find((local) => !tunnels.some((one) => sameEndpoint(one.local, local)));
}
