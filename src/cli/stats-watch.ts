// Looks at the counters again and again: in place on a terminal, in blocks elsewhere, in records with --json.
import type { Datapath, Observation } from '../datapath/port.ts';
import { problem } from '../problem.ts';
import { namesVersion } from '../reconcile/events.ts';
import { ratesOf } from '../reconcile/rates.ts';
import { type CounterOwners, readOwners, readStats } from '../reconcile/stats.ts';
import { ratesFields, ratesText, type StatsLook } from '../report/rates.ts';
import { screenText } from '../report/screen.ts';
import { type Answer, type Attempt, failure, type Invocation, type Talk } from './command.ts';
import { exitCodes } from './exit.ts';

const usualMs = 1000;

export async function watchStats(
  invocation: Invocation,
  datapath: Datapath,
  observation: Observation,
): Promise<Answer> {
  const { options, environment, talk } = invocation;
  const everyMs = options.every ?? usualMs;
  const look = looker(invocation, datapath, observation);
  const inPlace = environment.stdout.isTerminal && !options.json;
  const stop = environment.catchStop({ key: 'q' });
  let last: StatsLook | undefined;
  let intervals = 0;
  try {
    const firstNs = environment.monotonicNs();
    for (; ; intervals++) {
      const found = look();
      if ('failed' in found) return { ...failure(found.failed), isStream: true };
      last = found.value;
      if (inPlace) await draw(invocation, last, everyMs);
      else if (intervals > 0) print(talk, last);
      if (intervals === options.count || environment.stdout.isGone) break;
      // Counted from the beginning, so that what a look costs does not add up.
      const dueMs = (intervals + 1) * everyMs - Number(environment.monotonicNs() - firstNs) / 1e6;
      if ((await stop.pause(Math.max(0, dueMs))) === 'stopped') break;
    }
  } finally {
    stop.release();
    if (inPlace) environment.stdout.write('\n');
  }
  const ended = last;
  return {
    kind: 'Stats',
    exitCode: exitCodes.done,
    problems: [],
    isStream: true,
    fields: () => ({ ...ratesFields(ended), intervals }),
    text: () => '',
  };
}

function print(talk: Talk, look: StatsLook): void {
  talk.print(`${ratesText(look, talk.style)}\n`);
  talk.record('Stats', [], ratesFields(look));
}

async function draw({ environment, talk }: Invocation, look: StatsLook, everyMs: number): Promise<void> {
  const foot = talk.style.faint(`every ${everyMs / 1000} s, q ends`);
  environment.stdout.write(screenText(ratesText(look, talk.style), foot, await environment.terminalSize()));
}

/** Rows are read again only when another generation is live. */
function looker({ environment }: Invocation, datapath: Datapath, { instance }: Observation): () => Attempt<StatsLook> {
  let before: StatsLook | undefined;
  let beforeNs = 0n;
  let version = '';
  let owners: CounterOwners;
  return () => {
    const observation = datapath.observe(instance);
    if (!observation.exists)
      return { failed: [problem('no-instance', `instance "${instance}" was removed meanwhile`)] };
    if (namesVersion(observation) !== version) {
      version = namesVersion(observation);
      owners = readOwners(datapath, observation);
    }
    const stats = readStats(datapath, observation, owners);
    const nowNs = environment.monotonicNs();
    const elapsedNs = before ? nowNs - beforeNs : 0n;
    const rates = before && elapsedNs > 0n ? ratesOf(before.stats, stats, elapsedNs) : undefined;
    before = { stats, rates, timeNs: environment.realtimeNs(), elapsedNs };
    beforeNs = nowNs;
    return { value: before, problems: [] };
  };
}
