// What the daemon's files say. What cannot be read never takes the place of what could: the last good content stays.
import { type Problem, problem } from '../problem.ts';
import { stampOf } from '../watch/stamps.ts';
import type { Attempt, Invocation } from './command.ts';
import { type Desired, readDesiredWithKeys, sameDesired } from './desired.ts';

export interface Good {
  readonly desired: Desired;
  /** Warnings. */
  readonly problems: readonly Problem[];
}

export interface DaemonFiles {
  /** The last content that was whole and right; undefined: none was yet. */
  readonly good: Good | undefined;
  /** Why what lies there now is not `good`; empty: it is. */
  readonly faults: readonly Problem[];
  /** Those that were named, and those that they name in turn (keys). */
  readonly paths: readonly string[];
  /** Of all of them now. */
  stamp(): string;
  /** As they were just before they were read last. */
  readonly readStamp: string;
  read(): Promise<void>;
  /** Something of it is live by this daemon's doing: from now on a file about another instance is a fault. */
  keep(): void;
}

/** How often files are read at most because they name other ones than before. */
const mostReads = 3;

export function createDaemonFiles(invocation: Invocation): DaemonFiles {
  const { file: named } = invocation.options;
  let good: Good | undefined;
  let faults: readonly Problem[] = [];
  let readStamp = '';
  let isKept = false;
  // Looked at every second: found once for each content.
  let paths: readonly string[] = named;
  const stamp = (): string => stampOf(paths);
  const readOnce = async (): Promise<void> => {
    // Before the reading: what is written during it makes another stamp.
    readStamp = stamp();
    const attempt = sameInstance(await readDesiredWithKeys(invocation), isKept ? good?.desired : undefined);
    if ('failed' in attempt) faults = attempt.failed;
    else {
      // What is found beside the same content is drift: it must be known for the same.
      const desired = good && sameDesired(good.desired, attempt.value) ? good.desired : attempt.value;
      good = { desired, problems: attempt.problems };
      faults = [];
      paths = [...named, ...keyFiles(attempt.value)];
    }
  };
  return {
    get good() {
      return good;
    },
    get faults() {
      return faults;
    },
    get readStamp() {
      return readStamp;
    },
    keep: () => {
      isKept = true;
    },
    get paths() {
      return paths;
    },
    stamp,
    async read() {
      // A key that changes between its reading and the first look at it would be missed: whoever names new ones is read once more.
      for (let reads = 0; reads < mostReads; reads++) {
        const before = paths.join('\n');
        await readOnce();
        if (paths.join('\n') === before) return;
      }
    },
  };
}

/** Another name is another instance, and the one that is kept would be left behind unseen. */
function sameInstance(attempt: Attempt<Desired>, before: Desired | undefined): Attempt<Desired> {
  if ('failed' in attempt || !before) return attempt;
  const [{ name: old }, { name, place }] = [before.topology, attempt.value.topology];
  if (name === old) return attempt;
  const hint = `start another daemon for it, and end this one; \`trueingress remove -i ${old} --yes\` takes the old one off`;
  return {
    failed: [
      ...attempt.problems,
      problem('usage', `the file is about instance "${name}" now, and this daemon keeps "${old}"`, { place, hint }),
    ],
  };
}

function keyFiles({ topology: { services, tunnels } }: Desired): string[] {
  const sources = [
    ...services.flatMap(({ key, previousKey }) => (previousKey === 'none' ? [key] : [key, previousKey])),
    ...tunnels.flatMap(({ sign }) => (sign === 'none' ? [] : [sign.key])),
  ];
  return [...new Set(sources.flatMap((source) => (source.kind === 'file' ? [source.path] : [])))];
}
