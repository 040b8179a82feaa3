// The story of one packet: where it was, what became of it, which rows decided it and where each of them comes from.
import type { ProbeResult } from '../../datapath/port.ts';
import { withoutKeys } from '../../packet/fields/fields.ts';
import { directoryOf } from './directory.ts';
import { type Followed, followPacket, type Route } from './follow.ts';
import type { ChosenHook } from './hook.ts';
import { keyIn } from './keys.ts';
import type { Scene } from './scene.ts';
import { type Step, stepOf } from './step.ts';

export interface Trace {
  readonly instance: string;
  readonly generation: bigint | undefined;
  readonly hook: ChosenHook;
  readonly isAttached: boolean;
  readonly verdict: string;
  readonly action: number;
  /** Keys are zeros in both. */
  readonly before: Uint8Array;
  readonly after: Uint8Array;
  /** Whose key it is that was blanked; undefined: there was none. */
  readonly key: string | undefined;
  readonly steps: readonly Step[];
  readonly routes: readonly Route[];
  /** What the packet would have taught, were it a real one. */
  readonly taught: readonly Step[];
  /** Programs and packet model differ: a bug of ours, and what is looked up may be told wrongly. */
  readonly disagreement: { readonly in: string; readonly verdict: string } | undefined;
}

export interface TraceInput {
  readonly scene: Scene;
  readonly hook: ChosenHook;
  readonly frame: Uint8Array;
  /** CLOCK_MONOTONIC. */
  readonly nowNs: bigint;
  /** CLOCK_TAI, or what is near it. */
  readonly taiNs: bigint;
}

/** Throws KernelError or Refusal when the scratch load is refused. */
export function trace({ scene, hook, frame, nowNs, taiNs }: TraceInput): Trace {
  const probe = scene.openProbe();
  let followed: Followed;
  try {
    const ifindex = scene.probedOn(hook.ifindex);
    const ingressIfindex = hook.direction === 'ingress' ? ifindex : hook.ingressIfindex;
    const packet = { direction: hook.direction, ifindex, ingressIfindex, frame };
    const { constants, rows, learned } = scene;
    followed = followPacket({ constants, rows, learned, probe, packet, nowNs, taiNs });
  } finally {
    probe.close();
  }
  const { result, lookups, routes, taught, disagreement } = followed;
  const directory = directoryOf(scene, () => taiNs);
  return {
    instance: scene.instance,
    generation: scene.generation,
    hook,
    isAttached: scene.isAttached(hook.ifindex, hook.direction),
    verdict: result.verdict,
    action: result.action,
    before: withoutKeys(frame),
    after: withoutKeys(afterwards(frame, result)),
    key: keyIn(frame, directory) ?? keyIn(result.frame, directory),
    steps: lookups.map((lookup) => stepOf(scene, lookup, nowNs)),
    routes,
    taught: taught.map((lookup) => stepOf(scene, lookup, nowNs)),
    disagreement: disagreement && { in: disagreement.in, verdict: disagreement.model.verdict },
  };
}

const shot = 2;

/** What was dropped is nobody's, whatever a program had done to it until then. */
function afterwards(frame: Uint8Array, result: ProbeResult): Uint8Array {
  return result.action === shot ? frame : result.frame;
}
