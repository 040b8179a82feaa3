// Which answers to a packet of a flow are the same, and which are right although neither generation alone gives them.
import type { ProbePacket, ProbeResult } from '../datapath/port.ts';
import { type Endpoint, sameEndpoint } from '../net/endpoint.ts';
import { destinationOf, readFrame } from '../packet/read.ts';
import type { Flow } from './probe-flows.ts';
import { frameDifference } from './probe-play.ts';

/** An answer that neither generation alone gives, and that stops no apply. */
export function whyRight(
  flow: Flow,
  packet: ProbePacket,
  got: ProbeResult,
  unknown: ProbeResult | undefined,
  chanceAt: number | undefined,
): 'misled' | 'unknown' | undefined {
  if (isMisled(flow, packet, got)) return 'misled';
  return isUnknown(flow, packet, got, unknown, chanceAt) ? 'unknown' : undefined;
}

/** The id of its tunnel has come to mean another end, and to one of the two it goes. */
function isMisled({ farEnds }: Flow, { direction }: ProbePacket, got: ProbeResult): boolean {
  const [one, other] = farEnds;
  if (!one || !other || sameEndpoint(one, other) || direction === 'ingress') return false;
  return goesTo(farEnds, got);
}

function goesTo(ends: readonly Endpoint[], { verdict, frame }: ProbeResult): boolean {
  if (verdict !== 'encapsulated') return false;
  const packet = readFrame(frame);
  const to = packet && destinationOf(packet);
  return to !== undefined && ends.some((end) => sameEndpoint(end, to));
}

/** Far ends of tunnels that stay are known here. */
export const noRemote = 'no-remote';

/** Of a service in mode dso. */
const direct = 'returned-direct';

function isUnknown(
  flow: Flow,
  { direction }: ProbePacket,
  got: ProbeResult,
  unknown: ProbeResult | undefined,
  chanceAt: number | undefined,
): boolean {
  // Before its far end pings, a strict tunnel takes nothing.
  if (got.verdict === noRemote || (direction === 'ingress' && got.verdict === 'wrong-source'))
    return !flow.keepsFarEnds;
  if (direction === 'ingress' || !unknown) return false;
  // Known by a tunnel that is not there any more, it goes as its service's replies go now: by its tunnel, if that has a way, or directly.
  const { movedEnds } = flow;
  if (movedEnds.length > 0 && (got.action === dropped || got.verdict === direct || goesTo(movedEnds, got))) return true;
  return isSame(got, unknown, chanceAt);
}

/** TC_ACT_SHOT: what became of the bytes does not matter. */
export const dropped = 2;

export function isSame(a: ProbeResult, b: ProbeResult, chanceAt: number | undefined): boolean {
  if (a.verdict !== b.verdict || a.action !== b.action) return false;
  return a.action === dropped || frameDifference(a.frame, b.frame, chanceAt) < 0;
}
