// Tells when what is watched has changed and come to rest. A hint (chokidar, netlink) only makes it look sooner: every second it looks
// by itself, since watchers miss renames, swapped links, replaced directories and bind mounts, and go deaf after bursts.
import type { Clock } from './clock.ts';

export interface SettledOptions {
  readonly clock: Clock;
  /** What is there now, cheaply: equal stamps mean that nothing changed. */
  stamp(): string;
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
  /** False while something is being written, as far as was seen: what lies there may be half of it. */
  readonly isAtRest: boolean;
  close(): void;
}

export function watchSettled({ clock, stamp, onSettled, onRescue }: SettledOptions): Settled {
  let known = stamp();
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
    } else if (seen !== known) {
      unrest = { seen, lastMs: now, firstMs: now };
      if (!isHinted) onRescue?.();
    }
    const isQuiet = unrest !== undefined && now - unrest.lastMs >= quietMs;
    if (unrest && (isQuiet || now - unrest.firstMs >= longestWaitMs)) {
      // What was read in between writes is read once more at rest: two writes may bear one time.
      known = isQuiet ? seen : `in between ${seen}`;
      unrest = undefined;
      onSettled();
    }
    cancel = clock.after(unrest ? lookAgainMs : lookEveryMs, () => look(false));
  };
  return {
    hint: () => {
      // A burst of hints is looked at once for each few milliseconds, by the look that is on its way.
      if (!unrest) look(true);
    },
    get isAtRest() {
      return unrest === undefined;
    },
    close: () => cancel(),
  };
}
