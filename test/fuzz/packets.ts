// Fuzzed packets: what a cast sends and receives, as it should be and in every way wrong. Made of choices, so that a packet of zeros
// is the plainest one.
import type { ProbePacket } from '../../src/datapath/port.ts';
import { familyOf } from '../../src/net/ip.ts';
import { buildEthernet, buildIpv4, etherTypes, packetOf } from '../../src/packet/ipv4.ts';
import { buildUdp } from '../../src/packet/transport.ts';
import { addresses, at } from './addresses.ts';
import { type Cast, type CastService, clientPorts } from './cast.ts';
import type { Choices } from './choices.ts';
import { ipFields } from './headers.ts';
import { echo, errorAbout, type Scene, segment, type Ways, waysOf } from './plain.ts';
import type { Moment } from './rows.ts';
import { spoilt } from './spoil.ts';
import { encapsulated, ping } from './tunnelled.ts';
import { tooBigOfUnderlay } from './underlay.ts';

/** Bytes of choices that a packet is made of at most. */
export const packetChoices = 96;

export function packetFrom(c: Choices, cast: Cast, moment: Moment, fitting: readonly number[]): ProbePacket {
  const service = c.of(cast.services);
  const scene: Scene = { cast, moment, fitting, service, ways: waysOf(c, cast, service) };
  const { direction, frame } = c.weighted<() => Pick<ProbePacket, 'direction' | 'frame'>>(
    [7, () => ({ direction: 'egress', frame: content(c, scene, scene.ways.leaving) })],
    [8, () => ({ direction: 'ingress', frame: encapsulated(c, scene, content(c, scene, scene.ways.arriving)) })],
    [cast.role === 'gateway' ? 4 : 1, () => ({ direction: 'ingress', frame: ping(c, scene) })],
    [1, () => ({ direction: 'ingress', frame: tooBigOfUnderlay(c, scene) })],
    [1, () => ({ direction: c.of(['ingress', 'egress']), frame: stranger(c, scene) })],
    [1, () => ({ direction: 'egress', frame: content(c, scene, scene.ways.arriving) })],
    [1, () => ({ direction: 'ingress', frame: encapsulated(c, scene, content(c, scene, scene.ways.leaving)) })],
  )();
  return {
    direction,
    ifindex: cast.ifindex,
    ingressIfindex:
      direction === 'ingress' ? cast.ifindex : c.weighted([3, cast.entries[0]], [2, 0], [1, c.of(cast.entries)]),
    frame: spoilt(c, frame),
  };
}

/** Something of the service's: what its clients and servers say, and what is said about it. */
function content(c: Choices, scene: Scene, ways: Ways): Uint8Array {
  return c.weighted<() => Uint8Array>(
    [24, () => segment(c, scene, ways, c.rarely(12) ? otherProtocol(scene.service) : scene.service.protocol)],
    [9, () => errorAbout(c, scene, ways)],
    [6, () => echo(c, scene, ways)],
    [1, () => stranger(c, scene)],
  )();
}

function otherProtocol({ protocol }: CastService): 'tcp' | 'udp' {
  return protocol === 'tcp' ? 'udp' : 'tcp';
}

/** Nothing that is anybody's. */
function stranger(c: Choices, { cast }: Scene): Uint8Array {
  const family = familyOf(c.of(cast.services).proxy.ip);
  const { client, router, local } = addresses[family];
  const [source, destination] = [
    at(c.of(client), c.of(clientPorts)),
    at(c.of([router[0], ...local]), c.of([53, 6080])),
  ];
  return c.of<() => Uint8Array>([
    () => buildUdp({ ...ipFields(c, family), source, destination, payload: c.bytes(c.upTo(24)) }),
    () => buildEthernet(c.of([etherTypes.arp, 0x86dd, 0x0800, 0x8847]), c.upTo(60)),
    () => {
      const [from, to] = [addresses[4].client[0], addresses[4].proxy[0]];
      return buildIpv4({ source: from, destination: to, protocol: c.of([47, 50, 58]), payload: c.bytes(8) });
    },
    () => {
      const frame = buildEthernet(c.of([etherTypes.ipv4, etherTypes.ipv6]), 64);
      packetOf(frame).set(c.bytes(40));
      return frame;
    },
  ])();
}
