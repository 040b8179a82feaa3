// How a packet in words arrives through a tunnel: outer addresses, header and key, as the far end would send it. Asked of whoever
// knows the tunnels; what the words say themselves goes first.
import { type Endpoint, formatEndpoint, protocolNumbers } from '../../net/endpoint.ts';
import { familyOf } from '../../net/ip.ts';
import { type GueHeader, keyBytes, overheadOf } from '../gue.ts';
import type { ModelService, ModelTunnel } from '../model/tables.ts';
import { isSegment, type PacketWords, type PlainWords, type TunnelWords } from './words.ts';

export interface Outer {
  readonly source: Endpoint;
  readonly destination: Endpoint;
  readonly header: ({ readonly kind: 'keyed' } & GueHeader) | { readonly kind: 'short'; readonly id: number };
  /** Of pings that are signed. */
  readonly sign: { readonly key: Uint8Array; readonly sequence: bigint; readonly isWrong: boolean } | undefined;
}

/** Tunnels and services of one host. */
export interface TunnelDirectory {
  readonly role: 'gateway' | 'node';
  tunnel(id: number): ModelTunnel | undefined;
  /** Where the far end of a learned tunnel is now. */
  learnedRemote(tunnel: ModelTunnel): Endpoint | undefined;
  service(group: number, service: number): ModelService | undefined;
  /** Sorted by group and id. */
  services(): Iterable<ModelService>;
  /** CLOCK_REALTIME. */
  nowNs(): bigint;
}

type Arriving = Exclude<PacketWords, { kind: 'plain' }>;

/** A packet that cannot be made here, and what would help. */
export interface OuterFault {
  readonly message: string;
  readonly hint: string;
}

export function outerOf(directory: TunnelDirectory, said: Arriving): Outer | OuterFault {
  const { tunnel: way } = said;
  const tunnel = directory.tunnel(way.id);
  if (!tunnel)
    return {
      message: `there is no tunnel ${way.id}`,
      hint: 'a packet can only be made for a tunnel that is configured',
    };
  const source = way.from ?? (tunnel.remote === 'learned' ? directory.learnedRemote(tunnel) : tunnel.remote);
  if (!source)
    return {
      message: `nobody knows where the far end of tunnel ${way.id} is: it was never heard of`,
      hint: 'say from where the packet comes: from ADDRESS:PORT',
    };
  const ends = { source, destination: way.to ?? tunnel.local };
  const families = [familyOf(ends.source.ip), familyOf(ends.destination.ip)] as const;
  if (families[0] !== families[1])
    return {
      message: `no packet goes from ${formatEndpoint(ends.source)} to ${formatEndpoint(ends.destination)}`,
      hint: 'give both ends of one family',
    };
  const most = 0xffff - overheadOf(families[0], tunnel.short ? 'short' : 'keyed');
  if (said.kind === 'tunnelled' && said.packet.lengthBytes > most)
    return { message: `${said.packet.lengthBytes} bytes do not fit into a tunnel`, hint: `${most} bytes do` };
  if (tunnel.short) {
    if (way.key !== 'right' || way.service)
      return {
        message: `tunnel ${way.id} has the short header, which has no key and no service`,
        hint: 'leave them out',
      };
    return { ...ends, header: { kind: 'short', id: tunnel.id }, sign: undefined };
  }
  const header = headerOf(directory, said);
  if ('message' in header) return header;
  return { ...ends, header, sign: signOf(directory, said, tunnel) };
}

function headerOf(
  directory: TunnelDirectory,
  said: Arriving,
): Extract<Outer['header'], { kind: 'keyed' }> | OuterFault {
  const { tunnel: way } = said;
  const service = way.service
    ? (directory.service(way.service.group, way.service.id) ?? unknown(way.service))
    : serviceOf(directory, said);
  if (!service)
    return {
      message: `no service of tunnel ${way.id} ${said.kind === 'ping' ? 'is there' : `has proxy ${proxyText(directory, said.packet)}`}`,
      hint: 'say as which service it comes: service GROUP/ID',
    };
  const key = keyOf(service, way.key);
  if (!key)
    return {
      message: `service ${service.group}/${service.service} accepts no previous key`,
      hint: 'say "key wrong" for one that is not accepted',
    };
  return { kind: 'keyed', group: service.group, service: service.service, key };
}

type Keyed = Pick<ModelService, 'group' | 'service' | 'key' | 'previousKey'>;

/** No such service: any key will do. */
function unknown({ group, id }: NonNullable<TunnelWords['service']>): Keyed {
  return { group, service: id, key: new Uint8Array(keyBytes), previousKey: undefined };
}

/** Whose traffic it is; of a ping, the first that has the tunnel. */
export function serviceOf(directory: TunnelDirectory, said: Arriving): ModelService | undefined {
  for (const service of directory.services())
    if (service.tunnels.includes(said.tunnel.id) && (said.kind === 'ping' || isFor(directory, service, said.packet)))
      return service;
  return undefined;
}

/** On a gateway replies arrive, on a node requests. */
function isFor({ role }: TunnelDirectory, { protocol, proxy }: ModelService, packet: PlainWords): boolean {
  const side = role === 'gateway' ? 'source' : 'destination';
  if (packet[side] !== proxy.ip) return false;
  if (!isSegment(packet)) return true;
  if (protocolNumbers[packet.kind] !== protocol) return false;
  return !packet.ports || packet.ports[side] === proxy.port;
}

function proxyText({ role }: TunnelDirectory, packet: PlainWords): string {
  const side = role === 'gateway' ? 'source' : 'destination';
  const ports = isSegment(packet) ? packet.ports : undefined;
  const end = ports ? formatEndpoint({ ip: packet[side], port: ports[side] }) : packet[side];
  return `${packet.kind} ${end}`;
}

function keyOf({ key, previousKey }: Keyed, which: TunnelWords['key']): Uint8Array | undefined {
  if (which === 'right') return key;
  return which === 'previous' ? previousKey : wrongKey(key, previousKey);
}

/** One that is neither. */
export function wrongKey(key: Uint8Array, previousKey: Uint8Array | undefined): Uint8Array {
  const other = (bit: number): Uint8Array => key.map((byte, at) => (at === keyBytes - 1 ? byte ^ bit : byte));
  const wrong = other(1);
  return previousKey?.every((byte, at) => byte === wrong[at]) ? other(2) : wrong;
}

/** The wall clock may have been put back since the tunnel was made. */
function signOf(directory: TunnelDirectory, said: Arriving, { signKey, epoch }: ModelTunnel): Outer['sign'] {
  if (said.kind !== 'ping' || !signKey || said.signature === 'none') return undefined;
  const now = directory.nowNs();
  return { key: signKey, sequence: now > epoch ? now : epoch + 1n, isWrong: said.signature === 'wrong' };
}
