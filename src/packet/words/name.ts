// Frame → packet in words, where words can say it: sequence numbers, payload and MAC addresses are not in them.
import { sameEndpoint } from '../../net/endpoint.ts';
import { be16, sameBytes } from '../bytes.ts';
import { type Gue, readGue, readShort } from '../gue.ts';
import { ethernetBytes } from '../ipv4.ts';
import type { ModelTunnel } from '../model/tables.ts';
import { destinationOf, type ReadPacket, readFrame, readPacket, sourceOf } from '../read.ts';
import { untagged, vlanTypes } from '../vlan.ts';
import { namePlain } from './name-plain.ts';
import { serviceOf, type TunnelDirectory } from './outer.ts';
import type { PacketWords, TunnelWords } from './words.ts';

/** `directory`: through whose tunnels a packet may come. */
export function nameFrame(frame: Uint8Array, directory?: TunnelDirectory): PacketWords | undefined {
  const isTagged = be16(frame, 12) === vlanTypes.customer;
  const control = isTagged ? be16(frame, ethernetBytes) : 0;
  if (control > 0xfff) return undefined; // it has a priority
  const inside = isTagged ? untagged(frame) : frame;
  const packet = readFrame(inside);
  if (!packet || inside.length !== ethernetBytes + packet.totalBytes) return undefined;
  const vlan = isTagged ? control : undefined;
  const arriving = directory && nameArriving(packet, directory);
  if (arriving) return { ...arriving, vlan };
  const plain = namePlain(packet);
  return plain && { kind: 'plain', packet: plain, vlan };
}

type Arriving = Exclude<PacketWords, { kind: 'plain' }>;

function nameArriving(packet: ReadPacket, directory: TunnelDirectory): Arriving | undefined {
  const [source, destination] = [sourceOf(packet), destinationOf(packet)];
  if (namePlain(packet)?.kind !== 'udp' || !source || !destination) return undefined;
  return nameShort(packet, directory) ?? nameKeyed(packet, directory);
}

function nameShort(packet: ReadPacket, directory: TunnelDirectory): Arriving | undefined {
  const gue = readShort(packet.payload);
  const tunnel = gue && directory.tunnel(gue.tunnel);
  if (!gue || !tunnel?.short) return undefined;
  const way = wayOf(packet, directory, tunnel);
  if (gue.kind === 'ping')
    return { kind: 'ping', signature: 'as-configured', tunnel: outerTos(way, packet, 0), vlan: undefined };
  const inner = innerOf(gue.packet);
  return inner && { kind: 'tunnelled', packet: inner, tunnel: outerTos(way, packet, inner.tos), vlan: undefined };
}

function nameKeyed(packet: ReadPacket, directory: TunnelDirectory): Arriving | undefined {
  const gue = readGue(packet.payload);
  const tunnel = gue && tunnelOf(gue, packet, directory);
  if (!gue || !tunnel || tunnel.short) return undefined;
  const service = directory.service(gue.group, gue.service);
  const isKey = (key: Uint8Array | undefined): boolean => key !== undefined && sameBytes(key, gue.key);
  const way: TunnelWords = {
    ...wayOf(packet, directory, tunnel),
    key: !service || isKey(service.key) ? 'right' : isKey(service.previousKey) ? 'previous' : 'wrong',
    service: { group: gue.group, id: gue.service },
  };
  const said = gue.kind === 'data' ? nameData(gue.packet, packet, way) : namePing(gue, tunnel, way, packet);
  const usual = said && serviceOf(directory, said);
  const isUsual = usual?.group === gue.group && usual.service === gue.service;
  return said && isUsual ? { ...said, tunnel: { ...said.tunnel, service: undefined } } : said;
}

function nameData(inside: Uint8Array, packet: ReadPacket, way: TunnelWords): Arriving | undefined {
  const inner = innerOf(inside);
  return inner && { kind: 'tunnelled', packet: inner, tunnel: outerTos(way, packet, inner.tos), vlan: undefined };
}

/** Whether a signature is right takes its key and its time: it is said to be. */
function namePing({ kind }: Gue, { signKey }: ModelTunnel, way: TunnelWords, packet: ReadPacket): Arriving {
  const signature = kind === 'ping' && signKey ? 'none' : 'as-configured';
  return { kind: 'ping', signature, tunnel: outerTos(way, packet, 0), vlan: undefined };
}

function innerOf(bytes: Uint8Array): ReturnType<typeof namePlain> {
  const inner = readPacket(bytes);
  return inner?.totalBytes === bytes.length ? namePlain(inner) : undefined;
}

/** Of a ping the one that it names; of data, of the service's tunnels the one between these ends, or else its first. */
function tunnelOf(gue: Gue, packet: ReadPacket, directory: TunnelDirectory): ModelTunnel | undefined {
  if (gue.kind !== 'data') return directory.tunnel(gue.tunnel);
  const ids = directory.service(gue.group, gue.service)?.tunnels ?? [];
  const tunnels = ids.flatMap((id) => directory.tunnel(id) ?? []);
  const isBetween = (tunnel: ModelTunnel): boolean => {
    const { from, to } = wayOf(packet, directory, tunnel);
    return !from && !to;
  };
  return tunnels.find(isBetween) ?? tunnels[0];
}

function wayOf(packet: ReadPacket, directory: TunnelDirectory, tunnel: ModelTunnel): TunnelWords {
  const [source, destination] = [sourceOf(packet), destinationOf(packet)];
  const remote = tunnel.remote === 'learned' ? directory.learnedRemote(tunnel) : tunnel.remote;
  return {
    id: tunnel.id,
    service: undefined,
    from: source && remote && sameEndpoint(source, remote) ? undefined : source,
    to: destination && sameEndpoint(destination, tunnel.local) ? undefined : destination,
    key: 'right',
    tos: undefined,
  };
}

function outerTos(way: TunnelWords, { tos }: ReadPacket, inner: number): TunnelWords {
  return tos === inner ? way : { ...way, tos };
}
