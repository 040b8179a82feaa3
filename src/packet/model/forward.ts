// Next hops (DATAPATH.md section 8): what the FIB's answer makes of a packet that would go on.

import type { Family } from '../../net/ip.ts';
import { be16 } from '../bytes.ts';
import { ethernetBytes } from '../ipv4.ts';
import { actions, dropped, type ModelAnswer } from './answer.ts';
import { readPacketAt } from './packet.ts';
import { adjustAt, changeOf } from './rewrite.ts';
import type { FibAnswer, FibQuestion, ModelTables } from './tables.ts';

/** Egress: the outer packet's way, asked before anything is changed; undefined: nobody asks for one. */
export function wayOf(
  tables: ModelTables,
  ends: Pick<FibQuestion, 'source' | 'destination'>,
  ifindex: number,
): { readonly answer: FibAnswer; readonly redirects: boolean } | undefined {
  const { fib, fwd } = tables.flags(ifindex, 'egress');
  if (!fib && !fwd) return undefined;
  return { answer: tables.fib({ ...ends, ifindex, output: !fwd }), redirects: fwd };
}

/** On that way. A neighbour that is not known is found by the kernel as it sends. */
export function sentOn(
  sent: ModelAnswer,
  { answer, redirects }: { readonly answer: FibAnswer; readonly redirects: boolean },
): ModelAnswer {
  if (answer.kind !== 'success') return { ...sent, action: actions.redirect };
  return { ...sent, frame: addressed(sent.frame, answer), action: redirects ? actions.redirect : sent.action };
}

function addressed(frame: Uint8Array, hop: Extract<FibAnswer, { kind: 'success' }>): Uint8Array {
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
  const answer = tables.fib({ ...ends, ifindex, output: false });
  if (answer.kind === 'local') return received;
  if (answer.kind === 'refused') return dropped('fib-failed', frame);
  return sentOn({ ...received, frame: aged(frame, family) }, { answer, redirects: true });
}

/** A copy with TTL or hop limit lowered by one. */
function aged(frame: Uint8Array, family: Family): Uint8Array {
  const out = frame.slice();
  const at = ethernetBytes + (family === 4 ? 8 : 7);
  out[at] = (frame[at] ?? 0) - 1;
  if (family === 4) adjustAt(out, ethernetBytes + 10, changeOf(be16(frame, at), be16(out, at)));
  return out;
}
