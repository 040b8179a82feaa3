// What the service manager is told, and when: over the memory datapath, with a clock and a loop in hand.
import { describe, expect, test } from 'vitest';
import { tellServiceManager } from '../../../src/cli/service-manager.ts';
import { KernelError } from '../../../src/problem.ts';
import { daemonByHand, secret } from './daemon-by-hand.ts';
import { appliedGateway, TestHost } from './harness.ts';

const socket = { NOTIFY_SOCKET: '/run/notify' };

async function managed(variables: Readonly<Record<string, string>> = socket, host = new TestHost(), file?: string) {
  const scene = daemonByHand(host, variables, file);
  await tellServiceManager(scene.invocation, scene.daemon, scene.clock);
  return { ...scene, heard: host.notified };
}

const before = '/run/notify';

describe('the service manager', () => {
  test('is told nothing, and SIGHUP is left alone, where it has no socket', async () => {
    const { heard, hangups, run } = await managed({ WATCHDOG_USEC: '1000000' });
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
      `${before} STATUS=nothing was changed; held: ${why}`,
      `${before} READY=1 STATUS=generation 1, as the files say`,
    ]);
  });

  test('is told READY by a bad file of which something is live: the host is served', async () => {
    const { heard, run } = await managed(socket, await appliedGateway(), 'gateway.yaml');
    await run('held');
    expect(heard).toEqual([expect.stringMatching(/^\/run\/notify READY=1 STATUS=nothing was changed; held: /)]);
  });

  test('is not told READY by a file that is not there with something live that was made of another', async () => {
    const { heard, run } = await managed(socket, await appliedGateway(), '/etc/trueingress/mistyped.yaml');
    await run('held');
    expect(heard).toEqual([expect.stringMatching(/^\/run\/notify STATUS=nothing was changed; held: /)]);
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

  test('that cannot be reached is a warning, and nothing else happens', async () => {
    const host = new TestHost();
    const scene = daemonByHand(host, socket);
    const environment = {
      ...scene.invocation.environment,
      openNotifier: async () => {
        throw new KernelError('connect', 111, 'ECONNREFUSED', 'NOTIFY_SOCKET');
      },
    };
    await tellServiceManager({ ...scene.invocation, environment }, scene.daemon, scene.clock);
    await scene.run('converged', 1);
    expect(scene.told).toEqual([expect.objectContaining({ code: 'kernel-refused', severity: 'warning' })]);
    expect(scene.hangups.size).toBe(0);
  });

  test('is told STOPPING, and nothing after', async () => {
    const { heard, run, log, hangups, clock } = await managed({ ...socket, WATCHDOG_USEC: '1000000' });
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
      const { heard, clock } = await managed({ ...socket, ...variables });
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
    const { heard, clock, loop, run } = await managed({ ...socket, WATCHDOG_USEC: '20000000' });
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
