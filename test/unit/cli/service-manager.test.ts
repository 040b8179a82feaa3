// What the service manager is told, and when: over the memory datapath, with a clock and a loop in hand.
import { describe, expect, test } from 'vitest';
import type { Invocation } from '../../../src/cli/command.ts';
import type { Daemon } from '../../../src/cli/daemon.ts';
import { optionDefaults } from '../../../src/cli/options.ts';
import { tellServiceManager } from '../../../src/cli/service-manager.ts';
import { problem } from '../../../src/problem.ts';
import { plain } from '../../../src/report/style.ts';
import type { RunResult } from '../../../src/watch/loop.ts';
import { createDaemonLog, type RunRecord } from '../../../src/watch/state.ts';
import { handClock } from '../watch/clock.ts';
import { appliedGateway, TestHost } from './harness.ts';

const secret = 'Pa55w0rd1234567';
const bad = problem('wrong-value', 'role is "gatewai"', {
  place: { file: '/etc/trueingress/edge.yaml', line: 3, column: 7 },
  hint: 'gateway or node',
  sourceLine: `key: ${secret}`,
});

const socket = { NOTIFY_SOCKET: '/run/notify' };

interface Scene {
  readonly host?: TestHost;
  readonly variables?: Readonly<Record<string, string>>;
  readonly intervalMs?: number;
}

async function managed({ host = new TestHost(), variables = socket, intervalMs = 60_000 }: Scene = {}) {
  const clock = handClock();
  const log = createDaemonLog('epic-1', ['/etc/trueingress/edge.yaml'], () => clock.now());
  const hangups = new Set<() => void>();
  const listeners: ((run: RunRecord) => void)[] = [];
  const loop = {
    isRunning: false,
    isSuspended: false,
    trigger: () => {},
    suspend: () => {},
    resume: () => {},
    idle: async () => {},
    stop: async () => {},
  };
  const environment = {
    ...host.environment({ variables }),
    onHangup: (act: () => void) => {
      hangups.add(act);
      return () => hangups.delete(act);
    },
  };
  const told: unknown[] = [];
  const invocation: Invocation = {
    options: { ...optionDefaults, interval: intervalMs },
    arguments: [],
    environment,
    talk: {
      style: plain,
      print: () => {},
      tell: (all) => told.push(...all),
      progress: () => {},
      remark: () => {},
      record: () => {},
    },
  };
  const daemon: Daemon = {
    log,
    loop,
    desired: () => undefined,
    afterRun: (act) => listeners.push(act),
    stop: async () => {},
  };
  await tellServiceManager(invocation, daemon, clock);
  return {
    clock,
    log,
    loop,
    told,
    heard: host.notified,
    hangups,
    hangUp: () => {
      for (const act of hangups) act();
    },
    run: async (result: RunResult, generation?: number) => {
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
      };
      log.record(run);
      for (const act of listeners) act(run);
      await clock.pass(0);
    },
  };
}

const before = '/run/notify';

describe('the service manager', () => {
  test('is told nothing, and SIGHUP is left alone, where it has no socket', async () => {
    const { heard, hangups, run } = await managed({ variables: { WATCHDOG_USEC: '1000000' } });
    await run('converged', 1);
    expect(heard).toEqual([]);
    expect(hangups.size).toBe(0);
  });

  test('is told READY once, after the first run that leaves the host as the files say', async () => {
    const { heard, run } = await managed();
    await run('converged', 1);
    await run('converged', 2);
    expect(heard).toEqual([
      `${before} READY=1 STATUS=generation 1, as the files say`,
      `${before} STATUS=generation 2, as the files say`,
    ]);
  });

  test('is not told READY by a bad file with nothing live, but why; and is, once the file is mended', async () => {
    const { heard, run } = await managed();
    await run('held');
    await run('converged', 1);
    const why = '/etc/trueingress/edge.yaml:3:7: error[wrong-value]: role is "gatewai"';
    expect(heard).toEqual([
      `${before} STATUS=what ran before goes on; held: ${why}`,
      `${before} READY=1 STATUS=generation 1, as the files say`,
    ]);
  });

  test('is told READY by a bad file with something live: the host is served', async () => {
    const { heard, run } = await managed({ host: await appliedGateway() });
    await run('held');
    expect(heard).toEqual([expect.stringMatching(/^\/run\/notify READY=1 STATUS=what ran before goes on; held: /)]);
  });

  test('never gets a line of a file, nor more than one line', async () => {
    const { heard, run } = await managed();
    await run('held');
    expect(heard.join()).not.toContain(secret);
    expect(heard.join()).not.toContain('\n');
  });

  test('is told RELOADING with the time on SIGHUP, and READY after the run that came of it, whatever its result', async () => {
    for (const result of ['converged', 'held'] as const) {
      const { heard, run, hangUp } = await managed();
      await run('converged', 1);
      hangUp();
      await run(result, 2);
      await run('converged', 3);
      expect(heard.slice(1)).toEqual([
        expect.stringMatching(/^\/run\/notify RELOADING=1 MONOTONIC_USEC=[1-9]\d+ STATUS=reading the files again$/),
        expect.stringMatching(/^\/run\/notify READY=1 STATUS=generation /),
        `${before} STATUS=generation 3, as the files say`,
      ]);
    }
  });

  test('waits for the next run where SIGHUP came during one: that one may have read the file before', async () => {
    const { heard, run, hangUp, loop } = await managed();
    await run('converged', 1);
    loop.isRunning = true;
    hangUp();
    await run('converged', 1);
    expect(heard.at(-1)).toBe(`${before} STATUS=generation 1, as the files say`);
    await run('converged', 2);
    expect(heard.at(-1)).toBe(`${before} READY=1 STATUS=generation 2, as the files say`);
  });

  test('is not left waiting for a reload while runs are suspended', async () => {
    const suspendedAlready = await managed();
    await suspendedAlready.run('converged', 1);
    suspendedAlready.loop.isSuspended = true;
    suspendedAlready.log.update({ isSuspended: true });
    suspendedAlready.hangUp();
    expect(suspendedAlready.heard.at(-1)).toBe(`${before} READY=1 STATUS=suspended; generation 1, as the files say`);

    const suspendedMeanwhile = await managed();
    await suspendedMeanwhile.run('converged', 1);
    suspendedMeanwhile.hangUp();
    suspendedMeanwhile.log.update({ isSuspended: true });
    suspendedMeanwhile.log.tell('suspended', 'suspended');
    expect(suspendedMeanwhile.heard.at(-1)).toMatch(/READY=1 STATUS=suspended/);
  });

  test('is told STOPPING, and nothing after', async () => {
    const { heard, run, log, hangups, clock } = await managed({ variables: { ...socket, WATCHDOG_USEC: '1000000' } });
    await run('converged', 1);
    log.tell('stopping', 'stopping');
    await run('converged', 1);
    await clock.pass(5000);
    expect(heard.slice(-2)).toEqual([
      `${before} STOPPING=1 STATUS=stopping; the datapath stays as it is`,
      `${before} closed`,
    ]);
    expect(hangups.size).toBe(0);
  });

  test('hears from us at half of its patience, and only if it means this process', async () => {
    const beats = async (variables: Record<string, string>): Promise<number> => {
      const { heard, clock } = await managed({ variables: { ...socket, ...variables } });
      await clock.pass(10_000);
      return heard.filter((line) => line === `${before} WATCHDOG=1`).length;
    };
    expect(await beats({ WATCHDOG_USEC: '4000000' })).toBe(6);
    expect(await beats({ WATCHDOG_USEC: '4000000', WATCHDOG_PID: '4711' })).toBe(6);
    expect(await beats({ WATCHDOG_USEC: '4000000', WATCHDOG_PID: '1' })).toBe(0);
    expect(await beats({ WATCHDOG_USEC: 'soon' })).toBe(0);
    expect(await beats({})).toBe(0);
  });

  test.each([
    ['while no run comes for two intervals and two minutes', false, false, 240_000],
    ['while one run takes longer than five minutes', true, false, 300_000],
    ['never while runs are suspended', false, true, Number.POSITIVE_INFINITY],
  ])('hears nothing from us %s', async (_, isRunning, isSuspended, silentAfterMs) => {
    const { heard, clock, loop, run } = await managed({ variables: { ...socket, WATCHDOG_USEC: '20000000' } });
    loop.isRunning = isRunning;
    loop.isSuspended = isSuspended;
    await clock.pass(10_000);
    const from = clock.now();
    await clock.pass(600_000);
    const expected = Math.min(silentAfterMs, 600_000) / 10_000;
    const beats = heard.filter((line) => line === `${before} WATCHDOG=1`).length - 2;
    expect(beats).toBeGreaterThanOrEqual(expected - 1);
    expect(beats).toBeLessThanOrEqual(expected);
    expect(from).toBe(10_000);
    // A run that ends at last is a sign of life.
    await run('converged', 1);
    await clock.pass(10_000);
    expect(heard.at(-1)).toBe(`${before} WATCHDOG=1`);
  });
});
