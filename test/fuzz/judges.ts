// Judges of what the programs did that know neither the programs nor the model: they read frames as anybody would (packet/read.ts)
// and look rows up by themselves. Each answers what is wrong, or nothing.
import type { ProbePacket, ProbeResult } from '../../src/datapath/port.ts';
import { protocolNumbers } from '../../src/net/endpoint.ts';
import { type Gue, readGue, readShort } from '../../src/packet/gue.ts';
import { icmpProtocols } from '../../src/packet/icmp.ts';
import { packetOf } from '../../src/packet/ipv4.ts';
import { destinationOf, type ReadPacket, readFrame, readPacket, sourceOf } from '../../src/packet/read.ts';
import { untagged, vlanTypes } from '../../src/packet/vlan.ts';
import type { Cast, CastService, CastTunnel } from './cast.ts';

export interface Case {
  readonly cast: Cast;
  readonly packet: ProbePacket;
  readonly result: ProbeResult;
}

const shot = 2;
const redirected = 7;

/** Without the tag that the programs move beside the frame. */
function bare(frame: Uint8Array): Uint8Array {
  const type = ((frame[12] ?? 0) << 8) + (frame[13] ?? 0);
  return type === vlanTypes.customer || type === vlanTypes.service ? untagged(frame) : frame;
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return Buffer.compare(a, b) === 0;
}

const sameIp = (a: { readonly ip: string; readonly port: number }, b: { readonly ip: string; readonly port: number }) =>
  a.ip === b.ip && a.port === b.port;

const accepting: readonly string[] = ['decapsulated', 'ping-accepted', 'ping-moved', 'ping-limited'];

/** Whatever was taken from a tunnel had the right key, or came from where the short header is spoken. */
export function withoutRightKey({ cast, packet, result }: Case): string | undefined {
  if (packet.direction !== 'ingress') return undefined;
  const isChanged = result.action !== shot && !same(bare(packet.frame), bare(result.frame));
  if (!isChanged && !accepting.includes(result.verdict)) return undefined;
  const outer = readFrame(bare(packet.frame));
  const ends = outer && { source: sourceOf(outer), destination: destinationOf(outer) };
  if (!outer || !ends?.source || !ends.destination || outer.protocol !== protocolNumbers.udp)
    return 'no UDP was accepted';
  const { source, destination } = ends;
  const between = cast.tunnels.filter(
    ({ short, local, remote }) => short && sameIp(local, destination) && sameIp(remote, source),
  );
  if (between.length) {
    const short = readShort(outer.payload);
    return between.some(({ id }) => id === short?.tunnel)
      ? undefined
      : 'accepted for another tunnel with the short header';
  }
  const gue = readGue(outer.payload);
  if (!gue) return 'something was accepted that has no key';
  const opened = cast.services.find((one) => hasKey(one, gue));
  if (!opened) return 'accepted without a right key';
  return gue.kind === 'data' && !isProxys(cast, opened, gue) ? 'a key opened another service' : undefined;
}

function hasKey({ group, service, key, previousKey, lacks }: CastService, gue: Gue): boolean {
  const isRight = same(key, gue.key) || (previousKey !== undefined && same(previousKey, gue.key));
  return lacks !== 'verify' && group === gue.group && service === gue.service && isRight;
}

/** By the addresses alone: of ports and of what errors quote, the model knows. */
function isProxys({ role }: Cast, { proxy }: CastService, gue: Extract<Gue, { kind: 'data' }>): boolean {
  const inner = readPacket(gue.packet);
  if (!inner) return false;
  if (role === 'node') return inner.destination === proxy.ip;
  if (inner.protocol !== icmpProtocols[inner.family]) return inner.source === proxy.ip;
  // An error of a router on the way: what it is about went to the proxy.
  return inner.source === proxy.ip || readPacket(inner.payload)?.destination === proxy.ip;
}

/** Nothing that is a tunnel's to carry leaves as it is. */
export function leftInTheClear({ cast, packet, result }: Case): string | undefined {
  if (packet.direction !== 'egress' || result.action === shot) return undefined;
  const before = readFrame(bare(packet.frame));
  const after = readFrame(bare(result.frame));
  if (!before || !after) return undefined;
  const { source, destination } = { source: sourceOf(before), destination: destinationOf(before) };
  if (!source || !destination || process.env.F5) return undefined;
  const protocol = before.protocol === protocolNumbers.tcp ? 'tcp' : 'udp';
  if (cast.role === 'gateway') {
    const own = cast.services.find((one) => isFor(one, protocol, destination, packet));
    if (!own || isTunnelled(cast, after) || isAnswer(before, after, result)) return undefined;
    return 'a packet to a proxy left in the clear';
  }
  const owners = cast.services.filter((one) => one.protocol === protocol && sameIp(one.endpoint, source));
  const [owner] = owners;
  if (!owner || owners.length > 1 || owner.lacks === 'nat' || owner.pass) return undefined;
  if (isTunnelled(cast, after) || isAnswer(before, after, result)) return undefined;
  if (owner.dso && after.source === owner.proxy.ip) return undefined;
  return "a server's reply left in the clear";
}

const viaAny = 0;
const viaLocal = 0xffffffff;

function isFor(
  one: CastService,
  protocol: string,
  destination: { readonly ip: string; readonly port: number },
  { ingressIfindex }: ProbePacket,
): boolean {
  if (one.lacks === 'encap' || one.protocol !== protocol || !sameIp(one.proxy, destination)) return false;
  return one.via === viaAny || one.via === (ingressIfindex || viaLocal);
}

function isTunnelled({ tunnels }: Cast, { protocol, source, payload }: ReadPacket): boolean {
  const isFrom = ({ local }: CastTunnel): boolean => local.ip === source;
  return (
    protocol === protocolNumbers.udp && tunnels.some(isFrom) && (readGue(payload) ?? readShort(payload)) !== undefined
  );
}

/** ICMP back to where the packet came from. */
function isAnswer(before: ReadPacket, after: ReadPacket, { action }: ProbeResult): boolean {
  const isIcmp = after.protocol === icmpProtocols[after.family];
  return action === redirected && isIcmp && after.destination === before.source;
}

/** What had right checksums still has: of the packet itself and of the one inside. */
export function wrongChecksums({ packet, result }: Case): string | undefined {
  if (result.action === shot) return undefined;
  const [before, after] = [layersOf(bare(packet.frame)), layersOf(bare(result.frame))];
  if (!before.length || before.some(isWrong)) return undefined;
  return after.some(isWrong) ? 'a right checksum became wrong' : undefined;
}

function isWrong({ checksums }: ReadPacket): boolean {
  return checksums.ip === false || checksums.transport === false;
}

/** The packet and, if it is GUE, what it carries. What an ICMP error quotes is cut short: its checksums are nobody's. */
function layersOf(frame: Uint8Array): ReadPacket[] {
  const outer = readFrame(frame);
  if (!outer || outer.totalBytes !== packetOf(frame).length) return [];
  if (outer.protocol !== protocolNumbers.udp || !outer.ports) return [outer];
  const inner = [readGue(outer.payload), readShort(outer.payload)]
    .flatMap((gue) => (gue?.kind === 'data' ? [readPacket(gue.packet)] : []))
    .find((one) => one !== undefined);
  return inner ? [outer, inner] : [outer];
}
