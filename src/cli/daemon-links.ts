// Interfaces as the daemon follows them: the kernel's messages are hints, and only those about interfaces that matter wake anybody.
import type { Clock } from '../watch/clock.ts';
import type { LinkHints } from './environment.ts';

export interface FollowOptions {
  readonly clock: Clock;
  readonly hints: LinkHints;
  /** Whether one of these interfaces is one that the files name, by index of before or now. */
  matters(indexes: ReadonlySet<number>): boolean;
  /** Some time after the last of several changes. */
  onChange(): void;
}

/** How often the kernel is asked whether it has hints: most of what an idle daemon costs. */
const lookMs = 500;
/** Making an interface takes several messages. */
const restMs = 200;
/** On a host where interfaces come and go all the time. */
const longestWaitMs = 1000;

export function followLinks({ clock, hints, matters, onChange }: FollowOptions): { close(): void } {
  const heard = new Set<number>();
  let isLost = false;
  let unrest: { readonly firstMs: number; lastMs: number } | undefined;
  let cancel = clock.after(lookMs, () => look());
  const look = (): void => {
    const now = clock.now();
    const news = hints.changed();
    if (news === 'unknown') isLost = true;
    else for (const index of news) heard.add(index);
    if (news === 'unknown' || news.size > 0) unrest = { firstMs: unrest?.firstMs ?? now, lastMs: now };
    if (unrest && (now - unrest.lastMs >= restMs || now - unrest.firstMs >= longestWaitMs)) {
      if (isLost || matters(heard)) onChange();
      heard.clear();
      isLost = false;
      unrest = undefined;
    }
    cancel = clock.after(lookMs, () => look());
  };
  return { close: () => cancel() };
}
