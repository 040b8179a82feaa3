// Into a tunnel or not at all (DATAPATH.md section 2.3): the checks that every packet meets which is to be carried, in their order.
import { dropped, type ModelAnswer, type ModelPacket, passed } from './answer.ts';
import { sentOn, wayOf } from './forward.ts';
import { overheadIn, wrap } from './outer.ts';
import { isWellFormed, type Packet, roomOf } from './packet.ts';
import { remoteOf } from './remote.ts';
import { clampSegments, fitsIn, tooBig } from './sizes.ts';
import type { ModelKeyed, ModelTables } from './tables.ts';

/** What a length field can say. */
const longestPacket = 0xffff;

export interface Sending {
  readonly asked: ModelPacket;
  readonly packet: Packet;
  readonly tunnel: number;
  /** Whose packet it is, and by which key. */
  readonly whose: ModelKeyed;
  /** What the tunnel carries in its place; both have the same places. Not asked for before all checks are passed. */
  readonly translated: (frame: Uint8Array) => Uint8Array;
}

/** Why a packet that is ours cannot go anywhere; undefined: nothing is wrong with it. */
export function whyUnfit(frame: Uint8Array, packet: Packet): string | undefined {
  if (packet.sourceRouted) return 'options';
  if (roomOf(frame) > longestPacket) return 'too-big';
  return isWellFormed(frame, packet, roomOf(frame)) ? undefined : 'bad-inner';
}

export function send(tables: ModelTables, { asked, packet, tunnel: id, whose, translated }: Sending): ModelAnswer {
  const { frame, ifindex } = asked;
  const unfit = whyUnfit(frame, packet);
  if (unfit) return dropped(unfit, frame);
  const tunnel = tables.tunnel(id);
  if (!tunnel) return dropped('no-tunnel', frame);
  const remote = remoteOf(tables, tunnel);
  if (!remote) return dropped('no-remote', frame);
  if (roomOf(frame) + overheadIn(tunnel) > longestPacket) return dropped('too-big', frame);
  const fits = fitsIn(tables, tunnel, remote.ip);
  const answered = tooBig(asked, packet, tunnel, fits);
  if (answered) return answered;
  const way = wayOf(tables, { source: tunnel.local.ip, destination: remote.ip, ifindex, bytes: roomOf(frame) });
  if (way === 'none') return dropped('fib-failed', frame);
  const carried = clampSegments(translated(frame), packet, fits);
  const wrapped = wrap(carried, packet, { tunnel, remote }, whose);
  const sent = passed('encapsulated', wrapped.frame, wrapped.chances);
  return way === 'as-it-is' ? sent : sentOn(sent, way);
}
