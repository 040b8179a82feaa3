// Ingress (DATAPATH.md section 4): UDP to one of our endpoints is checked to its end before anything is changed.
import { be16, be32 } from '../bytes.ts';
import { gueWords, shortGueBytes } from '../gue.ts';
import { udpBytes } from '../transport.ts';
import { dropped, type ModelAnswer, type ModelPacket } from './answer.ts';
import { receiveKeyed, receiveShort } from './data.ts';
import { remember, withPorts } from './fragments.ts';
import type { Outer } from './outer.ts';
import { hasPlainHeader, type Packet, roomOf } from './packet.ts';
import { receivePing, receiveSignedPing } from './pings.ts';
import type { ModelTables } from './tables.ts';

/** undefined: not ours. */
export function receive(tables: ModelTables, asked: ModelPacket, packet: Packet): ModelAnswer | undefined {
  const { frame } = asked;
  const known = withPorts(tables, packet);
  if (!known || !tables.acceptsGue(known.destination)) return undefined;
  remember(tables, packet);
  if (packet.fragment !== 'none') return dropped('fragment', frame);
  if (!hasPlainHeader(packet)) return dropped('options', frame);
  const gueAt = packet.transportAt + udpBytes;
  const udpLength = packet.at + packet.bytes - packet.transportAt;
  const payloadBytes = udpLength - udpBytes;
  if (payloadBytes < 4 || packet.bytes > roomOf(frame) || be16(frame, packet.transportAt + 4) !== udpLength)
    return dropped('bad-header', frame);
  return byHeader(tables, { asked, packet, gueAt, payloadBytes });
}

/** Who sent it decides which header it has: both begin alike. */
function byHeader(tables: ModelTables, outer: Outer): ModelAnswer {
  const { asked, packet, gueAt } = outer;
  const word = be32(asked.frame, gueAt);
  const tunnel = tables.features.short ? tables.shortTunnel(packet.destination, packet.source) : undefined;
  const isData = word === gueWords.data || word === gueWords.dataIpv6;
  if (tunnel !== undefined) {
    if (isData) return receiveShort(tables, outer, tunnel);
    if (word === gueWords.ping && outer.payloadBytes === shortGueBytes) return receiveShortPing(tables, outer, tunnel);
  } else {
    if (isData) return receiveKeyed(tables, outer);
    if (word === gueWords.ping) return receivePing(tables, outer);
    if (word === gueWords.signedPing) return receiveSignedPing(tables, outer);
  }
  return dropped(word >= 0x40000000 ? 'bad-version' : 'bad-header', asked.frame);
}

/** Nothing is learned from it: the tunnel's remote is static. */
function receiveShortPing(tables: ModelTables, { asked, gueAt }: Outer, tunnel: number): ModelAnswer {
  if (tables.role === 'node') return dropped('ping-refused', asked.frame);
  return dropped(be32(asked.frame, gueAt + 4) === tunnel ? 'ping-accepted' : 'wrong-tunnel', asked.frame);
}
