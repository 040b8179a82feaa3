// Packet in words → text, the shortest that means it: what has its usual value is left out.
import { formatEndpoint } from '../../net/endpoint.ts';
import { familyOf } from '../../net/ip.ts';
import { shortestBytes } from './lengths.ts';
import { signatureWords } from './tunnel.ts';
import { isSegment, type PacketWords, type PlainWords, type SegmentWords, type TunnelWords } from './words.ts';

export function formatPacket(said: PacketWords): string {
  const vlan = said.vlan === undefined ? [] : [`vlan ${said.vlan}`];
  switch (said.kind) {
    case 'plain':
      return [...plainTexts(said.packet), ...vlan].join(' ');
    case 'tunnelled':
      return [...plainTexts(said.packet), 'in', ...tunnelTexts(said.tunnel), ...vlan].join(' ');
    case 'ping': {
      const signature = Object.entries(signatureWords).find(([, one]) => one === said.signature);
      return ['ping', ...tunnelTexts(said.tunnel), ...(signature ? [signature[0]] : []), ...vlan].join(' ');
    }
    default:
      return said satisfies never;
  }
}

function plainTexts(packet: PlainWords): string[] {
  const { kind, source, destination, lengthBytes, ttl, tos } = packet;
  const segment = isSegment(packet) ? packet : undefined;
  const ports = segment?.ports;
  const ends = ports
    ? [formatEndpoint({ ip: source, port: ports.source }), formatEndpoint({ ip: destination, port: ports.destination })]
    : [source, destination];
  const family = familyOf(source);
  const shape = { kind, family, mss: segment?.mss, fragment: segment?.fragment };
  return [
    kind,
    ends.join(' > '),
    ...(segment ? segmentTexts(segment) : []),
    ...numberText('id', isSegment(packet) ? undefined : packet.identifier, 1),
    ...numberText('length', lengthBytes, shortestBytes(shape)),
    ...numberText('ttl', ttl, 64),
    ...numberText('tos', tos, 0),
    ...(family === 4 && !segment?.fragment && !packet.dontFragment ? ['no-df'] : []),
  ];
}

function segmentTexts({ flags, mss, fragment }: SegmentWords): string[] {
  return [
    ...(flags.join() === 'syn' ? [] : flags),
    ...numberText('mss', mss),
    ...numberText('fragment', fragment?.offset),
    ...(fragment && !fragment.more ? ['last'] : []),
    ...numberText('fragment-id', fragment?.id, 1),
  ];
}

function tunnelTexts({ id, service, from, to, key, tos }: TunnelWords): string[] {
  return [
    `tunnel ${id}`,
    ...(service ? [`service ${service.group}/${service.id}`] : []),
    ...(from ? [`from ${formatEndpoint(from)}`] : []),
    ...(to ? [`to ${formatEndpoint(to)}`] : []),
    ...(key === 'right' ? [] : [`key ${key}`]),
    ...numberText('tos', tos),
  ];
}

function numberText(name: string, value: number | undefined, usual?: number): string[] {
  return value === undefined || value === usual ? [] : [`${name} ${value}`];
}
