// Judges of what the programs did that know neither the programs nor the model: they read frames as anybody would (packet/read.ts)
// and look rows up by themselves. Each answers what is wrong, or nothing.
import type { ProbePacket, ProbeResult } from '../../src/datapath/port.ts';
import { protocolNumbers } from '../../src/net/endpoint.ts';
import { type Gue, readGue, readShort } from '../../src/packet/gue.ts';
import { icmpProtocols } from '../../src/packet/icmp.ts';
import { packetOf } from '../../src/packet/ipv4.ts';
import { extensionTypes } from '../../src/packet/ipv6.ts';
import { destinationOf, type ReadPacket, readFrame, readPacket, sourceOf } from '../../src/packet/read.ts';
import { untagged, vlanTypes } from '../../src/packet/vlan.ts';
import type { Cast, CastService, CastTunnel } from './cast.ts';

export interface Case {
  readonly cast: Cast;
  readonly packet: ProbePacket;
  readonly result: ProbeResult;
  readonly before: Seen;
  /** What was dropped is not looked at. */
  readonly after: Seen | undefined;
}

interface Seen {
  /** Without the tag that the programs move beside the frame. */
  readonly frame: Uint8Array;
  readonly packet: ReadPacket | undefined;
}

export function caseOf(cast: Cast, packet: ProbePacket, result: ProbeResult): Case {
  return {
    cast,
    packet,
    result,
    before: seen(packet.frame),
    after: result.action === shot ? undefined : seen(result.frame),
  };
}

function seen(whole: Uint8Array): Seen {
  const frame = bare(whole);
  return { frame, packet: readFrame(frame) };
}

const shot = 2;
const redirected = 7;

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
export function withoutRightKey({ cast, packet, result, before, after }: Case): string | undefined {
  if (packet.direction !== 'ingress') return undefined;
  const isChanged = after !== undefined && !same(before.frame, after.frame);
  if (!isChanged && !accepting.includes(result.verdict)) return undefined;
  const outer = before.packet;
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
export function leftInTheClear({ cast, packet, result, ...seenAs }: Case): string | undefined {
  const [before, after] = [seenAs.before.packet, seenAs.after?.packet];
  if (packet.direction !== 'egress' || !before || !after) return undefined;
  const { source, destination } = { source: sourceOf(before), destination: destinationOf(before) };
  if (!source || !destination) return undefined;
  const protocol = before.protocol === protocolNumbers.tcp ? 'tcp' : 'udp';
  if (cast.role === 'gateway') {
    const own = cast.services.find((one) => isFor(one, protocol, destination, packet));
    if (!own || isTunnelled(cast, after) || isAnswer(before, after, result)) return undefined;
    return 'a packet to a proxy left in the clear';
  }
  // Of an endpoint only its port tells, and that may lie behind what nobody reads.
  if (!isReadable(seenAs.before.frame, before)) return undefined;
  const owners = cast.services.filter((one) => one.protocol === protocol && sameIp(one.endpoint, source));
  const [owner] = owners;
  if (!owner || owners.length > 1 || owner.lacks === 'nat' || owner.pass) return undefined;
  if (isTunnelled(cast, after) || isAnswer(before, after, result)) return undefined;
  if (owner.dso && after.source === owner.proxy.ip) return undefined;
  return "a server's reply left in the clear";
}

/** DATAPATH.md section 1: at most six extension headers, a fragment header only as the last. */
function isReadable(frame: Uint8Array, { family, headerBytes }: ReadPacket): boolean {
  if (family === 4) return true;
  const bytes = packetOf(frame);
  const chain: number[] = [];
  for (let at = 40, next = bytes[6] ?? 0; at < headerBytes; ) {
    chain.push(next);
    const length = next === extensionTypes.fragment ? 8 : ((bytes[at + 1] ?? 0) + 1) * 8;
    next = bytes[at] ?? 0;
    at += length;
  }
  return chain.length <= 6 && !chain.slice(0, -1).includes(extensionTypes.fragment);
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
export function wrongChecksums({ before, after }: Case): string | undefined {
  if (!after || same(before.frame, after.frame)) return undefined;
  const layers = layersOf(before);
  if (!layers.length || layers.some(isWrong)) return undefined;
  return layersOf(after).some(isWrong) ? 'a right checksum became wrong' : undefined;
}

function isWrong({ checksums }: ReadPacket): boolean {
  return checksums.ip === false || checksums.transport === false;
}

/** The packet and, if it is GUE, what it carries. What an ICMP error quotes is cut short: its checksums are nobody's. */
function layersOf({ frame, packet: outer }: Seen): ReadPacket[] {
  if (!outer || outer.totalBytes !== packetOf(frame).length) return [];
  if (outer.protocol !== protocolNumbers.udp || !outer.ports) return [outer];
  const inner = [readGue(outer.payload), readShort(outer.payload)]
    .flatMap((gue) => (gue?.kind === 'data' ? [readPacket(gue.packet)] : []))
    .find((one) => one !== undefined);
  return inner ? [outer, inner] : [outer];
}
