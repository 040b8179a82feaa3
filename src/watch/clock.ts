// Time as the daemon's rooms need it, handed in so that tests decide when it passes.

export interface Clock {
  /** Monotonic milliseconds. */
  now(): number;
  /** Calls once after `ms`; the returned function takes it back. */
  after(ms: number, act: () => void): () => void;
  /** 0 to 1. */
  random(): number;
}

export const realClock: Clock = {
  now: () => performance.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms);
    return () => clearTimeout(timer);
  },
  random: Math.random,
};

/** ± a tenth, so that many hosts do not act at one instant. */
export function jittered(ms: number, { random }: Clock): number {
  return ms * (0.9 + 0.2 * random());
}
