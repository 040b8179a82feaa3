// A daemon whose runs, signals and clock a test has in hand, for the rooms that are fed by one.
import type { Invocation } from '../../../src/cli/command.ts';
import type { Daemon } from '../../../src/cli/daemon.ts';
import { optionDefaults } from '../../../src/cli/options.ts';
import { problem } from '../../../src/problem.ts';
import { plain } from '../../../src/report/style.ts';
import type { Reason, RunResult } from '../../../src/watch/loop.ts';
import { createDaemonLog, type RunRecord } from '../../../src/watch/state.ts';
import { handClock } from '../watch/clock.ts';
import type { TestHost } from './harness.ts';

/** In the line of the file that `held` is about, which nobody may show. */
export const secret = 'Pa55w0rd1234567';
const bad = problem('wrong-value', 'role is "gatewai"', {
  place: { file: '/etc/trueingress/edge.yaml', line: 3, column: 7 },
  hint: 'gateway or node',
  sourceLine: `key: ${secret}`,
});

export function daemonByHand(
  host: TestHost,
  variables: Readonly<Record<string, string>> = {},
  file = '/etc/trueingress/edge.yaml',
) {
  const clock = handClock();
  const log = createDaemonLog('', [file], () => clock.now());
  const hangups = new Set<() => void>();
  const listeners: ((run: RunRecord) => void)[] = [];
  const loop = {
    isRunning: false,
    isSuspended: false,
    waiting: new Set<Reason>(),
    trigger: () => {},
    suspend: () => {},
    resume: () => {},
    idle: async () => {},
    stop: async () => {},
  };
  const told: unknown[] = [];
  const nothing = (): void => {};
  const invocation: Invocation = {
    options: { ...optionDefaults, file: [file] },
    commands: [],
    arguments: [],
    environment: {
      ...host.environment({ variables }),
      onHangup: (act) => {
        hangups.add(act);
        return () => hangups.delete(act);
      },
    },
    talk: {
      style: plain,
      print: nothing,
      tell: (problems) => told.push(...problems),
      progress: nothing,
      remark: nothing,
      record: nothing,
    },
  };
  const daemon: Daemon = {
    log,
    loop,
    desired: () => undefined,
    afterRun: (act) => listeners.push(act),
    stop: async () => {},
  };
  return {
    clock,
    log,
    loop,
    told,
    hangups,
    invocation,
    daemon,
    hangUp: () => {
      for (const act of hangups) act();
    },
    run: async (result: RunResult, generation?: number, more: Partial<RunRecord> = {}) => {
      const run: RunRecord = {
        reason: 'file',
        result,
        exitCode: result === 'converged' ? 0 : 65,
        good: undefined,
        timeMs: clock.now(),
        ms: 1,
        changes: undefined,
        driftRows: 0,
        generation,
        phases: [],
        problems: result === 'converged' ? [] : [bad],
        ...more,
      };
      log.record(run);
      for (const act of listeners) act(run);
      await clock.pass(0);
    },
  };
}
