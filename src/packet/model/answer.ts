// What the model is asked and what it answers, and the bytes of an answer that are chance.

import { be16, setBe16 } from '../bytes.ts';
import { checksum } from '../checksum.ts';
import { ethernetBytes, ipv4Bytes } from '../ipv4.ts';

export interface ModelPacket {
  readonly direction: 'ingress' | 'egress';
  readonly ifindex: number;
  /** At egress, where the packet entered the host; 0: it is the host's own. */
  readonly ingressIfindex: number;
  readonly frame: Uint8Array;
}

/** A number of 16 bits in a frame that no rule fixes. */
export interface Chance {
  readonly at: number;
  /** The smallest that it may be. */
  readonly least: number;
  /** It lies in the outer IPv4 header, whose checksum follows it. */
  readonly inIpv4Header: boolean;
}

export interface ModelAnswer {
  /** As the port gives it: -1 next program, 2 shot, 7 redirect. */
  readonly action: number;
  readonly verdict: string;
  readonly frame: Uint8Array;
  readonly chances: readonly Chance[];
}

export const actions = { next: -1, shot: 2, redirect: 7 } as const;

export function passed(verdict: string, frame: Uint8Array, chances: readonly Chance[] = []): ModelAnswer {
  return { action: actions.next, verdict, frame, chances };
}

/** Ends here: refused, or a ping that was taken. */
export function dropped(verdict: string, frame: Uint8Array): ModelAnswer {
  return { action: actions.shot, verdict, frame, chances: [] };
}

export function redirected(verdict: string, frame: Uint8Array): ModelAnswer {
  return { action: actions.redirect, verdict, frame, chances: [] };
}

export type Difference = 'verdict' | 'action' | 'bytes';

/**
 * Where the model and what a program answered differ; undefined: they say the same. What was dropped is nobody's, so its bytes do
 * not count.
 */
export function differenceOf(
  real: Pick<ModelAnswer, 'verdict' | 'action' | 'frame'>,
  model: ModelAnswer,
): Difference | undefined {
  if (real.verdict !== model.verdict) return 'verdict';
  if (real.action !== model.action) return 'action';
  if (real.action === actions.shot) return undefined;
  return Buffer.compare(real.frame, withChances(model, real.frame)) === 0 ? undefined : 'bytes';
}

/** The answer's frame with what is chance as it is in `real`, where it may be so. */
export function withChances({ frame, chances }: ModelAnswer, real: Uint8Array): Uint8Array {
  if (!chances.length || real.length !== frame.length) return frame;
  const out = frame.slice();
  for (const { at, least, inIpv4Header } of chances) {
    if (be16(real, at) < least) continue;
    setBe16(out, at, be16(real, at));
    if (!inIpv4Header) continue;
    const header = out.subarray(ethernetBytes, ethernetBytes + ipv4Bytes);
    setBe16(header, 10, 0);
    setBe16(header, 10, checksum(header));
  }
  return out;
}
