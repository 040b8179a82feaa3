// The daemon without its surface: follows files and interfaces, reconciles through the one apply path, keeps what it has done in one
// log that everybody who shows it asks. What shows it (log lines, socket, systemd) is attached by commands/watch.ts.
import type { Lock } from '../datapath/port.ts';
import type { ProblemCode } from '../problem.ts';
import { interfacesOf } from '../reconcile/look.ts';
import { type Clock, realClock } from '../watch/clock.ts';
import { watchForHints } from '../watch/hints.ts';
import { type Loop, type Reason, type RunResult, startLoop } from '../watch/loop.ts';
import { watchSettled } from '../watch/settled.ts';
import { createDaemonLog, type DaemonLog, type RunRecord } from '../watch/state.ts';
import type { Invocation } from './command.ts';
import { createDaemonFiles } from './daemon-files.ts';
import { followLinks } from './daemon-links.ts';
import { lockingUntil } from './daemon-lock.ts';
import { createReconcile, type Reconciled, refused, saidOf } from './daemon-run.ts';
import { createTelling } from './daemon-telling.ts';
import { followUnconfirmed } from './daemon-unconfirmed.ts';
import type { Desired } from './desired.ts';
import { exitCodeOf } from './exit.ts';
import { nowMs } from './wall-clock.ts';

export interface Daemon {
  readonly log: DaemonLog;
  readonly loop: Loop;
  /** What the last readable file says; undefined: none was readable yet. */
  desired(): Desired | undefined;
  /** Called after each run, with what it left. */
  afterRun(act: (run: RunRecord) => void): void;
  /** Ends following; the datapath goes on as it is. */
  stop(): Promise<void>;
}

/** Whoever waits longer and longer for a lock that many want never gets it. */
const lockBackOffMs = 1000;
const otherBackOffMs = 60_000;

/** Throws Refusal: `locked` where another daemon follows files for the same instance. */
export async function startDaemon(invocation: Invocation, clock: Clock = realClock): Promise<Daemon> {
  const { options, environment } = invocation;
  const log = createDaemonLog(options.instance ?? '', options.file, () => nowMs(environment));
  const listeners: ((run: RunRecord) => void)[] = [];
  let isStopping = false;
  const quiet = quietly(invocation, () => isStopping);
  const { bpffs, runDir: runDirectory, netns } = options;
  // Says at once what would be refused at the first run, enters the namespace in which hints about interfaces are heard, and holds
  // the lock as long as the daemon runs.
  const kernel = await environment.openDatapath({ bpffs, runDirectory, netns });
  const host = await environment.openHost();
  const files = createDaemonFiles(quiet);
  const reconcile = createReconcile(quiet);
  const { tell } = createTelling(log);
  let claimed: { readonly name: string; readonly lock: Pick<Lock, 'release'> } | undefined;

  /** The instance is known once a file could be read. Throws Refusal. */
  const claim = (): void => {
    const name = files.good?.desired.topology.name;
    if (name === undefined || name === claimed?.name) return;
    const lock = kernel.lockWatch(name);
    claimed?.lock.release();
    claimed = { name, lock };
    log.update({ instance: name });
  };
  try {
    await files.read();
    claim();
  } catch (error) {
    kernel.close();
    throw error;
  }

  const needsReading = (all: ReadonlySet<Reason>): boolean => {
    // What was done by hand while it was suspended may have been put into the file just before `resume`.
    if (all.has('file') || all.has('signal') || all.has('asked') || all.has('resume')) return true;
    // Keys in variables aside, nothing but a file that changed can read otherwise than before; but a disk may have failed for a while.
    return (
      settled.isAtRest && (files.stamp() !== files.readStamp || files.faults.some(({ code }) => unreadable.has(code)))
    );
  };
  const read = async (): Promise<void> => {
    await files.read();
    settled.knows(files.readStamp);
    hints.follow(files.paths);
  };
  const work = async (all: ReadonlySet<Reason>): Promise<Reconciled> => {
    try {
      if (needsReading(all)) await read();
      claim();
    } catch (error) {
      return refused(await saidOf(error));
    }
    const { good, faults } = files;
    if (!good) return refused(...faults);
    const done = await reconcile(
      good,
      [...all].some((reason) => reason !== 'interval'),
    );
    // What drifted is repaired with the last good content; that it is not what the file says stays a fault.
    return faults.length === 0
      ? done
      : {
          ...done,
          result: worse(done.result, 'held'),
          exitCode: exitCodeOf([...faults, ...done.problems]),
          problems: [...faults, ...done.problems],
        };
  };
  const run = async (reason: Reason, all: ReadonlySet<Reason>): Promise<RunResult> => {
    const start = environment.monotonicNs();
    const { drift, what, ...done } = await work(all);
    const record: RunRecord = {
      ...done,
      reason,
      timeMs: nowMs(environment),
      ms: Number(environment.monotonicNs() - start) / 1e6,
    };
    log.record(record);
    tell(record, { drift, what });
    for (const listener of listeners) listener(record);
    if (record.result === 'converged') files.keep();
    if (record.problems.some(({ code }) => code === 'unconfirmed')) unconfirmed.wait(log.state.instance);
    return record.result;
  };

  /** Of the interfaces that the files name. */
  const indexesOf = (): ReadonlySet<number> =>
    new Set(files.good ? interfacesOf(files.good.desired.topology, host).map(({ ifindex }) => ifindex) : []);

  const loop = startLoop({
    clock,
    intervalMs: options.interval,
    run,
    onBackOff: (backOffMs) => log.update({ backOffMs }),
    longestBackOffMs: () => (log.state.faults.every(({ code }) => code === 'locked') ? lockBackOffMs : otherBackOffMs),
  });
  const unconfirmed = followUnconfirmed(quiet, clock, () => loop.trigger('retry'));
  const settled = watchSettled({
    clock,
    stamp: files.stamp,
    known: files.readStamp,
    onSettled: () => {
      log.tell('file-changed', 'files have changed');
      loop.trigger('file');
    },
    onRescue: () => {
      log.count('rescues');
      log.tell('rescue', 'a change of files was found that no watcher told of');
    },
  });
  const hints = watchForHints(files.paths, settled.hint, (reason) =>
    log.tell('hints-lost', `files are looked at once a second from now on: ${reason}`),
  );
  let known = indexesOf();
  const links = followLinks({
    clock,
    hints: await environment.openLinkEvents(),
    matters(indexes) {
      const before = known;
      known = indexesOf();
      return [...indexes].some((index) => known.has(index) || before.has(index));
    },
    onChange() {
      log.tell('interface', 'interfaces or their addresses have changed');
      loop.trigger('interface');
    },
  });
  log.tell('started', `following ${options.file.join(', ')}`);
  return {
    log,
    loop,
    desired: () => files.good?.desired,
    afterRun: (act) => {
      listeners.push(act);
    },
    async stop() {
      isStopping = true;
      log.tell('stopping', 'stopping; the datapath stays as it is');
      settled.close();
      links.close();
      unconfirmed.close();
      await hints.close();
      await loop.stop();
      kernel.close();
    },
  };
}

const unreadable: ReadonlySet<ProblemCode> = new Set(['file-unreadable', 'key-unreadable']);
const order: readonly RunResult[] = ['converged', 'held', 'failed'];

function worse(one: RunResult, other: RunResult): RunResult {
  return order.indexOf(one) > order.indexOf(other) ? one : other;
}

/** The same command, which prints nothing: what it finds is told by the log. */
function quietly(invocation: Invocation, isStopping: () => boolean): Invocation {
  const nothing = (): void => {};
  const talk = {
    ...invocation.talk,
    print: nothing,
    tell: nothing,
    progress: nothing,
    remark: nothing,
    record: nothing,
  };
  return { ...invocation, arguments: [], environment: lockingUntil(invocation.environment, isStopping), talk };
}
