// An independent model of the programs: PROTOCOL.md sections 1, 2 and 4 for IPv4, written from the text and not from the C.
// It stands for the programs in the memory datapath, and kernel tests hold the programs to it. Knows packets and asks its
// tables by question; how a row is stored is not known here. No offloads; with `fib` no neighbour is known.
import { type Endpoint, protocolNumbers, sameEndpoint } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import { clampSegments, fragmentationNeeded, turned } from './fitting.ts';
import { gueBytes, gueWords } from './gue.ts';

const overheadBytes = 52;

import { ethernetBytes, etherTypes, fragmentBits, ipv4Bytes } from './ipv4.ts';
import type { ModelService, ModelTables, ModelTunnel } from './model-tables.ts';
import { be16, be32, ecnOf, type Ipv4, isWellFormed, readIpv4, translate, unwrap, wrap } from './rewrite.ts';
import { udpBytes } from './transport.ts';

export interface ModelPacket {
  readonly direction: 'ingress' | 'egress';
  readonly ifindex: number;
  /** At egress, where the packet entered the host; 0: it is the host's own. */
  readonly ingressIfindex: number;
  readonly frame: Uint8Array;
}

export interface ModelAnswer {
  /** As the port gives it: -1 next program, 2 shot, 7 redirect. */
  readonly action: number;
  readonly verdict: string;
  readonly frame: Uint8Array;
}

const actions = { next: -1, shot: 2, redirect: 7 } as const;

export function runModel(tables: ModelTables, asked: ModelPacket): ModelAnswer {
  const { direction, ifindex, frame } = asked;
  const packet = be16(frame, 12) === etherTypes.ipv4 ? readIpv4(frame, ethernetBytes) : undefined;
  const notOurs = passed('pass-not-ours', frame);
  if (!packet || (packet.protocol !== protocolNumbers.tcp && packet.protocol !== protocolNumbers.udp)) return notOurs;
  if (direction === 'ingress')
    return packet.protocol === protocolNumbers.udp ? (receive(tables, frame, packet) ?? notOurs) : notOurs;
  const sent = tables.role === 'gateway' ? toProxy(tables, asked, packet) : fromEndpoint(tables, asked, packet);
  if (sent?.verdict === 'encapsulated' && tables.usesFib(ifindex)) return { ...sent, action: actions.redirect };
  return sent ?? notOurs;
}

/** Gateway: what goes to a proxy endpoint leaves through its tunnel or not at all. */
function toProxy(tables: ModelTables, asked: ModelPacket, packet: Ipv4): ModelAnswer | undefined {
  const { frame } = asked;
  const known = withPorts(tables, packet);
  const isProxyAddress = tables.hasProxyAt(packet.protocol, packet.destination.ip);
  if (!known) return isProxyAddress ? dropped('fragment', frame) : undefined;
  const row = tables.encap(packet.protocol, known.destination);
  // Also of what is for another port, so that its later fragments are known not to be ours.
  if (packet.fragment === 'first' && isProxyAddress) tables.learnFragment(packet);
  if (!row) return undefined;
  const unfit = whyUnfit(frame, packet);
  if (unfit) return dropped(unfit, frame);
  const ends = endsOf(tables, row.tunnel);
  if (typeof ends === 'string') return dropped(ends, frame);
  return tooBig(asked, ends.fits) ?? passed('encapsulated', wrap(clampSegments(frame, ends.fits), ends, row));
}

/** Node: what a service's endpoint sends gets the proxy's address, and the way back that its request came. */
function fromEndpoint(tables: ModelTables, asked: ModelPacket, found: Ipv4): ModelAnswer | undefined {
  const { frame } = asked;
  const packet = withPorts(tables, found);
  if (!packet) return undefined;
  const owner = tables.natOut(packet.protocol, packet.source);
  if (!owner) return undefined;
  if (packet.fragment === 'first') tables.learnFragment(packet);
  const service = tables.service(owner.group, owner.service);
  if (!service) return dropped('unknown-service', frame);
  const unfit = whyUnfit(frame, packet);
  if (unfit) return dropped(unfit, frame);
  const translated = translate(frame, 'source', packet.source, service.proxy);
  const tuple = { protocol: packet.protocol, endpoint: packet.source, client: packet.destination };
  const carried = service.remembersFlow ? tables.flow(tuple, service) : undefined;
  const tunnel = service.tunnels.find((id) => id === carried) ?? service.tunnels[0] ?? 0;
  if (service.dso) {
    const row = tables.tunnel(tunnel);
    return passed('returned-direct', row ? clampSegments(translated, fitsIn(row)) : translated);
  }
  const ends = endsOf(tables, tunnel);
  if (typeof ends === 'string') return dropped(ends, frame);
  return tooBig(asked, ends.fits) ?? passed('encapsulated', wrap(clampSegments(translated, ends.fits), ends, service));
}

/** A later fragment gets the ports of its first one; undefined: that was not seen. */
function withPorts(tables: ModelTables, packet: Ipv4): Ipv4 | undefined {
  if (packet.fragment !== 'later') return packet;
  const ports = tables.fragmentPorts(packet);
  return (
    ports && {
      ...packet,
      source: { ...packet.source, port: ports.source },
      destination: { ...packet.destination, port: ports.destination },
    }
  );
}

function whyUnfit(frame: Uint8Array, packet: Ipv4): string | undefined {
  if (packet.headerBytes > ipv4Bytes) return 'options';
  return isWellFormed(packet, frame.length - ethernetBytes) ? undefined : 'bad-inner';
}

interface ModelEnds {
  readonly local: Endpoint;
  readonly remote: Endpoint;
  /** Bytes of the longest inner packet. */
  readonly fits: number;
}

/** Both ends of a tunnel, or why nothing can be sent through it. */
function endsOf(tables: ModelTables, id: number): ModelEnds | 'no-tunnel' | 'no-remote' {
  const tunnel = tables.tunnel(id);
  if (!tunnel) return 'no-tunnel';
  const remote = remoteOf(tables, tunnel);
  return remote ? { local: tunnel.local, remote, fits: fitsIn(tunnel) } : 'no-remote';
}

/** Bytes of the longest inner packet. */
function fitsIn({ mtuBytes }: ModelTunnel): number {
  return mtuBytes - overheadBytes;
}

/** With DF the sender is told: through the interface that the packet came by, or as if the device had received the answer. */
function tooBig({ frame, ingressIfindex }: ModelPacket, fits: number): ModelAnswer | undefined {
  if (frame.length - ethernetBytes <= fits) return undefined;
  const word = be16(frame, ethernetBytes + 6);
  // Nobody is told about a later fragment (RFC 1812 section 4.3.2.7); who makes fragments can make shorter ones.
  const isTold = word & (fragmentBits.dontFragment | fragmentBits.moreFragments) && !(word & fragmentBits.offset);
  if (!isTold) return dropped('too-big', frame);
  const answer = fragmentationNeeded(frame, fits);
  return {
    action: actions.redirect,
    verdict: 'too-big-answered',
    frame: ingressIfindex === 0 ? turned(answer) : answer,
  };
}

function remoteOf(tables: ModelTables, tunnel: ModelTunnel): Endpoint | undefined {
  if (tunnel.remote !== 'learned') return isSet(tunnel.remote) ? tunnel.remote : undefined;
  const peer = tables.peer(tunnel.id);
  return peer?.epoch === tunnel.epoch ? peer.remote : undefined;
}

function isSet({ ip, port }: Endpoint): boolean {
  return ip !== unspecifiedIp && port !== 0;
}

/** GUE to one of our endpoints is checked to its end before anything is changed. */
function receive(tables: ModelTables, frame: Uint8Array, outer: Ipv4): ModelAnswer | undefined {
  if (outer.fragment === 'later') {
    const first = withPorts(tables, outer);
    return first && tables.acceptsGue(first.destination) ? dropped('fragment', frame) : undefined;
  }
  if (!tables.acceptsGue(outer.destination)) return undefined;
  if (outer.fragment === 'first') {
    tables.learnFragment(outer);
    return dropped('fragment', frame);
  }
  if (outer.headerBytes > ipv4Bytes) return dropped('options', frame);
  const gue = ethernetBytes + ipv4Bytes + udpBytes;
  const udpLength = be16(frame, ethernetBytes + ipv4Bytes + 4);
  const payload = outer.bytes - ipv4Bytes - udpBytes;
  if (payload < 4 || outer.bytes > frame.length - ethernetBytes || udpLength !== outer.bytes - ipv4Bytes)
    return dropped('bad-header', frame);
  const word = be32(frame, gue);
  if (word === gueWords.data) return receiveData(tables, frame, outer, payload);
  if (word === gueWords.ping) return receivePing(tables, frame, outer, payload);
  return dropped(word >= 0x40000000 ? 'bad-version' : 'bad-header', frame);
}

/** The service whose key the frame carries, or why none. */
function verified(tables: ModelTables, frame: Uint8Array): ModelService | 'unknown-service' | 'bad-key' {
  const gue = ethernetBytes + ipv4Bytes + udpBytes;
  const service = tables.service(be16(frame, gue + 4), be16(frame, gue + 6));
  if (!service) return 'unknown-service';
  return service.key.every((byte, at) => byte === frame[gue + 8 + at]) ? service : 'bad-key';
}

function receiveData(tables: ModelTables, frame: Uint8Array, outer: Ipv4, payload: number): ModelAnswer {
  if (payload < gueBytes) return dropped('bad-header', frame);
  const service = verified(tables, frame);
  if (typeof service === 'string') return dropped(service, frame);
  const arrival = arrivalTunnel(tables, outer, service);
  if (!arrival) return dropped('wrong-tunnel', frame);
  const at = ethernetBytes + overheadBytes;
  const found = readIpv4(frame, at);
  if (!found || found.bytes !== payload - gueBytes) return dropped('bad-inner', frame);
  if (found.headerBytes > ipv4Bytes) return dropped('options', frame);
  const carriesPorts = found.protocol === protocolNumbers.tcp || found.protocol === protocolNumbers.udp;
  if (!carriesPorts || !isWellFormed(found, payload - gueBytes)) return dropped('bad-inner', frame);
  const inner = withPorts(tables, found);
  if (!inner) return dropped('fragment', frame);

  const own = tables.role === 'gateway' ? inner.source : inner.destination;
  if (inner.protocol !== service.protocol || !sameEndpoint(own, service.proxy)) return dropped('wrong-endpoint', frame);
  if (inner.fragment === 'first') tables.learnFragment(inner);
  const ecn = ecnOf(inner.tos, outer.tos);
  if (ecn === undefined) return dropped('congested', frame);
  const unwrapped = unwrap(frame, ecn);
  const plain = service.dso ? unwrapped : clampSegments(unwrapped, fitsIn(arrival));
  if (tables.role === 'gateway') return passed('decapsulated', plain);
  const endpoint = tables.natIn(inner.protocol, inner.destination);
  if (!endpoint) return dropped('no-nat', frame);
  const tuple = { protocol: inner.protocol, endpoint, client: inner.source };
  if (service.remembersFlow) tables.learnFlow(tuple, service, arrival.id);
  return passed('decapsulated', translate(plain, 'destination', inner.destination, endpoint));
}

/** The service's tunnel that both ends of the outer header name; else, since a NAT mapping may just have moved, one that ends here. */
function arrivalTunnel(tables: ModelTables, outer: Ipv4, service: ModelService): ModelTunnel | undefined {
  const ending = service.tunnels
    .map((id) => tables.tunnel(id))
    .filter((tunnel) => tunnel !== undefined)
    .filter(({ local }) => sameEndpoint(local, outer.destination));
  const heard = ending.find((tunnel) => {
    const remote = remoteOf(tables, tunnel);
    return remote !== undefined && sameEndpoint(remote, outer.source);
  });
  return heard ?? ending[0];
}

/** A gateway learns from it where a tunnel's far end is. It ends here in any case. */
function receivePing(tables: ModelTables, frame: Uint8Array, outer: Ipv4, payload: number): ModelAnswer {
  if (payload !== gueBytes + 4) return dropped('bad-header', frame);
  if (tables.role === 'node') return dropped('ping-refused', frame);
  const service = verified(tables, frame);
  if (typeof service === 'string') return dropped(service, frame);
  const id = be32(frame, ethernetBytes + ipv4Bytes + udpBytes + gueBytes);
  if (!service.tunnels.includes(id)) return dropped('wrong-tunnel', frame);
  const tunnel = tables.tunnel(id);
  if (!tunnel) return dropped('no-tunnel', frame);
  if (!sameEndpoint(tunnel.local, outer.destination)) return dropped('wrong-tunnel', frame);
  if (tunnel.remote !== 'learned') return dropped('ping-accepted', frame);
  const known = remoteOf(tables, tunnel);
  tables.learnPeer(id, tunnel.epoch, outer.source);
  return dropped(known && !sameEndpoint(known, outer.source) ? 'ping-moved' : 'ping-accepted', frame);
}

function passed(verdict: string, frame: Uint8Array): ModelAnswer {
  return { action: actions.next, verdict, frame };
}

/** Ends here: refused, or a ping that was taken. */
function dropped(verdict: string, frame: Uint8Array): ModelAnswer {
  return { action: actions.shot, verdict, frame };
}
