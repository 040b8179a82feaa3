// Next hops (DATAPATH.md section 8): what the FIB's answer makes of a packet that would go on.
import type { Family } from '../../net/ip.ts';
import { be16 } from '../bytes.ts';
import { ethernetBytes } from '../ipv4.ts';
import { actions, dropped, type ModelAnswer } from './answer.ts';
import { readPacketAt, roomOf } from './packet.ts';
import { adjustAt, changeOf } from './rewrite.ts';
import type { FibAnswer, FibQuestion, ModelTables } from './tables.ts';

type Hop = Extract<FibAnswer, { readonly ifindex: number }>;

/** Where an outer packet goes: on as it is, to a next hop, or nowhere. */
export type Way = { readonly hop: Hop; readonly redirects: boolean } | 'as-it-is' | 'none';

/** Egress: the outer packet's way, asked before anything is changed. */
export function wayOf(tables: ModelTables, asked: Omit<FibQuestion, 'output'>): Way {
  const { ifindex } = asked;
  const { fib, fwd } = tables.flags(ifindex, 'egress');
  if (!fib && !fwd) return 'as-it-is';
  const hop = tables.fib({ ...asked, output: !fwd });
  if (hop.kind !== 'success' && hop.kind !== 'no-neighbour') return 'none';
  // Another interface's MAC addresses would be of no use here.
  if (!fwd && hop.ifindex !== ifindex) return 'none';
  return { hop, redirects: hop.kind === 'no-neighbour' || hop.ifindex !== ifindex };
}

/** On that way. A neighbour that is not known is found by the kernel as it sends. */
export function sentOn(sent: ModelAnswer, { hop, redirects }: Exclude<Way, string>): ModelAnswer {
  const frame = hop.kind === 'success' ? addressed(sent.frame, hop) : sent.frame;
  return { ...sent, frame, action: redirects ? actions.redirect : sent.action };
}

function addressed(frame: Uint8Array, hop: Extract<Hop, { kind: 'success' }>): Uint8Array {
  const out = frame.slice();
  out.set(hop.destinationMac, 0);
  out.set(hop.sourceMac, 6);
  return out;
}

/** Ingress, flag `fwd`: a decapsulated packet is routed here and now, where a router would. */
export function routed(tables: ModelTables, received: ModelAnswer, family: Family, ifindex: number): ModelAnswer {
  const { frame } = received;
  if (!tables.flags(ifindex, 'ingress').fwd) return received;
  const packet = readPacketAt(frame, ethernetBytes, family);
  if (!packet || packet.ttl <= 1) return received;
  const ends = { source: packet.source.ip, destination: packet.destination.ip };
  const hop = tables.fib({ ...ends, ifindex, bytes: roomOf(frame), output: false });
  if (hop.kind === 'not-forwarded') return received;
  if (hop.kind === 'refused') return dropped('fib-failed', frame);
  return sentOn({ ...received, frame: aged(frame, family) }, { hop, redirects: true });
}

/** A copy with TTL or hop limit lowered by one. */
function aged(frame: Uint8Array, family: Family): Uint8Array {
  const out = frame.slice();
  const at = ethernetBytes + (family === 4 ? 8 : 7);
  out[at] = (frame[at] ?? 0) - 1;
  if (family === 4) adjustAt(out, ethernetBytes + 10, changeOf(be16(frame, at), be16(out, at)));
  return out;
}
