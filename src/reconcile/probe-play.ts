// Plays cases on a probe: one step after the other, and what was expected of each beside what came.
import type { ProbePacket, ProbeResult } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import type { ProbeCase, ProbeStep } from './probe-packets.ts';

export type RunPacket = (packet: ProbePacket) => ProbeResult;

export const nothingActivated = 'nothing was activated; the host runs what it ran before';

export interface Played {
  readonly packets: number;
  readonly failure: Problem | undefined;
}

/**
 * A failed step ends its case: what follows would fail because of it.
 * @param hint of a failure
 */
export function playCase(run: RunPacket, one: ProbeCase, hint: string | undefined): Played {
  let packets = 0;
  for (const step of one.steps) {
    const got = difference(step, run(step.packet));
    packets++;
    if (got === undefined) continue;
    const message = `${one.name}, ${step.name}: expected ${step.expect.join(' or ')}, got ${got}`;
    return { packets, failure: problem('probe-failed', message, { place: one.place, hint }) };
  }
  return { packets, failure: undefined };
}

function difference(step: ProbeStep, { verdict, frame }: ProbeResult): string | undefined {
  if (!step.expect.includes(verdict)) return verdict;
  if (!step.packetOut || verdict !== step.expect[0]) return undefined;
  const at = frameDifference(frame, step.packetOut, step.chanceAt);
  return at < 0 ? undefined : `${verdict} with another packet (first difference at byte ${at} of the IP header on)`;
}

const ethernetBytes = 14;

/**
 * Where two frames first differ, counted from the IP header: MAC addresses may be those of the next hop. -1: nowhere.
 * @param chanceAt where two bytes of the frame are not compared
 */
export function frameDifference(a: Uint8Array, b: Uint8Array, chanceAt?: number): number {
  const length = Math.max(a.length, b.length);
  for (let i = ethernetBytes; i < length; i++)
    if (a[i] !== b[i] && !(chanceAt !== undefined && i >= chanceAt && i < chanceAt + 2)) return i - ethernetBytes;
  return -1;
}
