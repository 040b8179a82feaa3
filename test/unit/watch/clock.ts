// A clock that stands still until a test moves it.
import type { Clock } from '../../../src/watch/clock.ts';

export interface HandClock extends Clock {
  /** Lets `ms` pass, calling what is due in its order. Promises settle in between. */
  pass(ms: number): Promise<void>;
}

export function handClock(): HandClock {
  let now = 0;
  const due = new Set<{ at: number; act: () => void }>();
  return {
    now: () => now,
    random: () => 0.5,
    after(ms, act) {
      const entry = { at: now + ms, act };
      due.add(entry);
      return () => due.delete(entry);
    },
    async pass(ms) {
      const end = now + ms;
      for (;;) {
        await settle();
        const [next] = [...due].filter(({ at }) => at <= end).sort((a, b) => a.at - b.at);
        if (!next) break;
        due.delete(next);
        now = Math.max(now, next.at);
        next.act();
      }
      now = end;
      await settle();
    },
  };
}

async function settle(): Promise<void> {
  for (let turn = 0; turn < 10; turn++) await Promise.resolve();
}
