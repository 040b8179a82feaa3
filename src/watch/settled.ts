// Tells when what is watched has changed and come to rest. A hint (chokidar, netlink) only makes it look sooner: every second it looks
// by itself, since watchers miss renames, swapped links, replaced directories and bind mounts, and go deaf after bursts.
import type { Clock } from './clock.ts';

export interface SettledOptions {
  readonly clock: Clock;
  /** What is there now, cheaply: equal stamps mean that nothing changed. */
  stamp(): string;
  /** What is known of it already; unless given, what it is now. */
  readonly known?: string;
  /** It changed and has been at rest for a while, or would not rest. */
  onSettled(): void;
  /** A look that nobody hinted at found a change. */
  onRescue?(): void;
}

/** Writers that truncate and write again show empty and half files for this long at most. */
const quietMs = 150;
/** A file that is written without end is read all the same, so late. */
const longestWaitMs = 1000;
const lookEveryMs = 1000;
const lookAgainMs = 50;

export interface Settled {
  /** Something may have changed. */
  hint(): void;
  /** It was looked at otherwise, when it was this. */
  knows(stamp: string): void;
  /** False while something is being written, as far as was seen: what lies there may be half of it. */
  readonly isAtRest: boolean;
  close(): void;
}

export function watchSettled({ clock, stamp, known: knownBefore, onSettled, onRescue }: SettledOptions): Settled {
  let known = knownBefore ?? stamp();
  /** It would not rest, and was told in between. */
  let isTwice = false;
  /** The last change seen, and the first one of those that are not told yet; undefined: all are. */
  let unrest: { seen: string; lastMs: number; readonly firstMs: number } | undefined;
  let cancel = clock.after(lookEveryMs, () => look(false));

  const look = (isHinted: boolean): void => {
    cancel();
    const seen = stamp();
    const now = clock.now();
    if (unrest) {
      if (seen !== unrest.seen) {
        unrest.seen = seen;
        unrest.lastMs = now;
      }
    } else if (seen !== known || isTwice) {
      unrest = { seen, lastMs: now, firstMs: now };
      if (!isHinted && !isTwice) onRescue?.();
    }
    const isQuiet = unrest !== undefined && now - unrest.lastMs >= quietMs;
    if (unrest && (isQuiet || now - unrest.firstMs >= longestWaitMs)) {
      // What was read in between writes is read once more at rest: two writes may bear one time.
      isTwice = !isQuiet;
      known = seen;
      unrest = undefined;
      onSettled();
    }
    cancel = clock.after(unrest || isTwice ? lookAgainMs : lookEveryMs, () => look(false));
  };
  return {
    hint: () => {
      // A burst of hints is looked at once for each few milliseconds, by the look that is on its way.
      if (!unrest) look(true);
    },
    knows: (stamp) => {
      known = stamp;
    },
    get isAtRest() {
      return unrest === undefined;
    },
    close: () => cancel(),
  };
}
