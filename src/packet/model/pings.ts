// Pings (DATAPATH.md sections 4.8 to 4.10): a gateway learns from them where a tunnel's far end is. They end here in any case.
import { sameEndpoint } from '../../net/endpoint.ts';
import { be32, be64, sameBytes } from '../bytes.ts';
import { gueBytes, pingBytes, signedPart, signedPingBytes } from '../gue.ts';
import { sipHash } from '../siphash.ts';
import { dropped, type ModelAnswer } from './answer.ts';
import { learn } from './learn.ts';
import type { Outer } from './outer.ts';
import type { ModelTables, ModelTunnel } from './tables.ts';
import { verified } from './verify.ts';

/** How far the sender's clock may be from ours. */
const aheadNs = 60_000_000_000n;
const behindNs = 100_000_000_000n;
const tagBytes = 8;

export function receivePing(tables: ModelTables, outer: Outer): ModelAnswer {
  const { frame } = outer.asked;
  const tunnel = pinged(tables, outer, pingBytes);
  if (typeof tunnel === 'string') return dropped(tunnel, frame);
  if (tunnel.signRequired) return dropped('ping-refused', frame);
  return dropped(learn(tables, tunnel, outer.packet.source, undefined), frame);
}

export function receiveSignedPing(tables: ModelTables, outer: Outer): ModelAnswer {
  const { frame } = outer.asked;
  const tunnel = pinged(tables, outer, signedPingBytes);
  if (typeof tunnel === 'string') return dropped(tunnel, frame);
  if (!tunnel.signKey) return dropped('ping-refused', frame);
  const payload = frame.subarray(outer.gueAt, outer.gueAt + signedPingBytes);
  const tag = payload.subarray(signedPingBytes - tagBytes);
  if (!sameBytes(sipHash(tunnel.signKey, signedPart(payload)), tag)) return dropped('bad-signature', frame);
  const sequence = be64(payload, gueBytes + 4);
  if (!isFresh(tables, tunnel, sequence)) return dropped('ping-replayed', frame);
  return dropped(learn(tables, tunnel, outer.packet.source, sequence), frame);
}

/** The tunnel that a ping names, or why it may not. */
function pinged(tables: ModelTables, outer: Outer, bytes: number): ModelTunnel | string {
  if (outer.payloadBytes !== bytes) return 'bad-header';
  if (tables.role === 'node') return 'ping-refused';
  const service = verified(tables, outer);
  if (typeof service === 'string') return service;
  const id = be32(outer.asked.frame, outer.gueAt + gueBytes);
  if (!service.tunnels.includes(id)) return 'wrong-tunnel';
  const tunnel = tables.tunnel(id);
  if (!tunnel) return 'no-tunnel';
  return sameEndpoint(tunnel.local, outer.packet.destination) ? tunnel : 'wrong-tunnel';
}

/** Younger than the tunnel, by a clock that is near ours. That it is younger than what was taken before it is asked as it is learned. */
function isFresh(tables: ModelTables, tunnel: ModelTunnel, sequence: bigint): boolean {
  const now = tables.taiNs();
  return sequence > tunnel.epoch && sequence <= now + aheadNs && sequence >= now - behindNs;
}
