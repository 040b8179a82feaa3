// The daemon without its surface: follows files and interfaces, reconciles through the one apply path, keeps what it has done in one
// log that everybody who shows it asks. What shows it (log lines, socket, systemd) is attached by commands/watch.ts.
import type { Problem } from '../problem.ts';
import { realClock } from '../watch/clock.ts';
import { watchForHints } from '../watch/hints.ts';
import { type Loop, type Reason, type RunResult, startLoop } from '../watch/loop.ts';
import { watchSettled } from '../watch/settled.ts';
import { stampOf } from '../watch/stamps.ts';
import { createDaemonLog, type DaemonLog, type RunRecord } from '../watch/state.ts';
import type { Answer, Attempt, Invocation } from './command.ts';
import { applyWork } from './commands/apply.ts';
import { type Desired, readDesiredWithKeys } from './desired.ts';
import { exitCodeOf, exitCodes } from './exit.ts';
import { workFor } from './work.ts';

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

/** How often the kernel is asked whether it has hints about interfaces. */
const linkLookMs = 250;
const interfacesRestMs = 200;

export async function startDaemon(invocation: Invocation): Promise<Daemon> {
  const { options, environment } = invocation;
  const nowMs = (): number => Number(environment.realtimeNs() / 1_000_000n);
  const log = createDaemonLog(options.instance ?? '', options.file, nowMs);
  const listeners: ((run: RunRecord) => void)[] = [];
  const quiet = quietly(invocation);
  // Says at once what would be refused at the first run, and enters the namespace in which hints about interfaces are heard.
  const { bpffs, runDir: runDirectory, netns } = options;
  (await environment.openDatapath({ bpffs, runDirectory, netns })).close();
  let desired: Desired | undefined;
  let known: readonly Problem[] = [];
  let readStamp = '';

  /** Keys may be in files of their own. */
  const watchedPaths = (): string[] => [...options.file, ...(desired ? keyFiles(desired) : [])];
  const read = async (): Promise<Attempt<Desired>> => {
    // Taken before the reading: what is written during it makes another stamp, and is read then.
    const stamp = stampOf(watchedPaths());
    const attempt = await readDesiredWithKeys(quiet);
    if ('failed' in attempt) return attempt;
    desired = attempt.value;
    known = attempt.problems;
    readStamp = stamp;
    log.update({ instance: desired.topology.name });
    return attempt;
  };

  const run = async (reason: Reason): Promise<RunResult> => {
    const start = environment.monotonicNs();
    const isRead =
      desired !== undefined && reason !== 'file' && reason !== 'signal' && stampOf(watchedPaths()) === readStamp;
    const attempt = isRead && desired ? { value: desired, problems: known } : await read();
    const answer = 'failed' in attempt ? undefined : await reconcile(quiet, attempt.value, attempt.problems);
    const problems = 'failed' in attempt ? attempt.failed : (answer?.problems ?? []);
    const result = resultOf(answer);
    const record = recordOf({
      reason,
      result,
      problems,
      answer,
      exitCode: answer?.exitCode ?? exitCodeOf(problems),
      timeMs: nowMs(),
      ms: Number(environment.monotonicNs() - start) / 1e6,
    });
    log.record(record);
    tellOf(log, record);
    for (const listener of listeners) listener(record);
    return result;
  };

  const loop = startLoop({
    clock: realClock,
    intervalMs: options.interval,
    run,
    onBackOff: (backOffMs) => log.update({ backOffMs }),
  });
  const settled = watchSettled({
    clock: realClock,
    stamp: () => stampOf(watchedPaths()),
    onSettled: () => {
      log.tell('file-changed', 'files have changed');
      loop.trigger('file');
    },
    onRescue: () => {
      log.count('rescues');
      log.tell('rescue', 'a change of files was found that no watcher told of');
    },
  });
  const hints = watchForHints(options.file, settled.hint, (reason) =>
    log.tell('hints-lost', `files are looked at once a second from now on: ${reason}`),
  );
  const links = await followLinks(invocation, () => {
    log.tell('interface', 'interfaces or addresses have changed');
    loop.trigger('interface');
  });
  log.tell('started', `following ${options.file.join(', ')}`);
  return {
    log,
    loop,
    desired: () => desired,
    afterRun: (act) => {
      listeners.push(act);
    },
    async stop() {
      log.tell('stopping', 'stopping; the datapath stays as it is');
      settled.close();
      links.close();
      await hints.close();
      await loop.stop();
    },
  };
}

/** The same command, which prints nothing: what it finds is told by the log. */
function quietly(invocation: Invocation): Invocation {
  const nothing = (): void => {};
  const talk = {
    ...invocation.talk,
    print: nothing,
    tell: nothing,
    progress: nothing,
    remark: nothing,
    record: nothing,
  };
  return { ...invocation, arguments: [], talk };
}

async function reconcile(invocation: Invocation, desired: Desired, known: readonly Problem[]): Promise<Answer> {
  return await applyWork(invocation, workFor(invocation, desired, known, { kind: 'apply', of: undefined }));
}

/** No answer: the file could not be read. */
function resultOf(answer: Answer | undefined): RunResult {
  if (!answer) return 'held';
  switch (answer.exitCode) {
    case exitCodes.done:
    case exitCodes.changes:
      return 'converged';
    case exitCodes.refused:
    case exitCodes.invalidFile:
    case exitCodes.missing:
    case exitCodes.usage:
      return 'held';
    default:
      return 'failed';
  }
}

interface Ran {
  readonly reason: Reason;
  readonly result: RunResult;
  readonly problems: readonly Problem[];
  readonly answer: Answer | undefined;
  readonly exitCode: number;
  readonly timeMs: number;
  readonly ms: number;
}

/** From the document that `apply --json` would print: one contract for people, scripts and the daemon. */
function recordOf({ reason, result, problems, answer, exitCode, timeMs, ms }: Ran): RunRecord {
  const fields = (answer?.fields() ?? {}) as OutcomeDocument;
  const { plan, generation, phases } = fields;
  return {
    reason,
    result,
    exitCode,
    isRead: answer !== undefined,
    timeMs,
    ms,
    changes: plan && { ...plan.counts, hooks: plan.hooks.length },
    driftRows: 0,
    generation: generation === undefined ? undefined : Number(generation),
    phases: phases ?? [],
    problems,
  };
}

interface OutcomeDocument {
  readonly generation?: number | bigint;
  readonly phases?: RunRecord['phases'];
  readonly plan?: {
    readonly counts: { readonly add: number; readonly change: number; readonly delete: number };
    readonly hooks: readonly unknown[];
  };
}

function tellOf(log: DaemonLog, run: RunRecord): void {
  const { changes, result, reason, problems } = run;
  const errors = problems.filter(({ severity }) => severity === 'error');
  if (result !== 'converged') {
    log.tell(result, `${errors[0]?.message ?? 'nothing was changed'}; what ran before goes on`, problems);
    return;
  }
  const count = changes ? changes.add + changes.change + changes.delete + changes.hooks : 0;
  if (count === 0) log.tell('unchanged', 'the host is as the file says', problems);
  else {
    const isDrift = reason === 'interval' || reason === 'interface';
    const what = `${changes?.add} added, ${changes?.change} changed, ${changes?.delete} deleted, ${changes?.hooks} hooks`;
    log.tell(isDrift ? 'drift' : 'reconciled', `generation ${run.generation}: ${what}`, problems);
  }
}

function keyFiles({ topology: { services, tunnels } }: Desired): string[] {
  const sources = [
    ...services.flatMap(({ key, previousKey }) => (previousKey === 'none' ? [key] : [key, previousKey])),
    ...tunnels.flatMap(({ sign }) => (sign === 'none' ? [] : [sign.key])),
  ];
  return [...new Set(sources.flatMap((source) => (source.kind === 'file' ? [source.path] : [])))];
}

async function followLinks({ environment }: Invocation, onChange: () => void): Promise<{ close(): void }> {
  const events = await environment.openLinkEvents();
  let restless = 0;
  const timer = setInterval(() => {
    const now = realClock.now();
    if (events.happened()) restless = now;
    else if (restless !== 0 && now - restless >= interfacesRestMs) {
      restless = 0;
      onChange();
    }
  }, linkLookMs);
  return {
    close() {
      clearInterval(timer);
      events.close();
    },
  };
}
