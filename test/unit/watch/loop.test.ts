// When runs come: one at a time, the latest reason wins, failures wait longer and longer.
import { describe, expect, test } from 'vitest';
import { type Reason, type RunResult, startLoop } from '../../../src/watch/loop.ts';
import { handClock } from './clock.ts';

function looped(results: readonly RunResult[] = [], runMs = 0, longest?: () => number) {
  const clock = handClock();
  const runs: { atMs: number; reason: Reason }[] = [];
  const waits: number[] = [];
  let going = 0;
  let most = 0;
  const loop = startLoop({
    clock,
    intervalMs: 60_000,
    run: async (reason) => {
      runs.push({ atMs: clock.now(), reason });
      most = Math.max(most, ++going);
      if (runMs > 0) await new Promise<void>((resolve) => clock.after(runMs, resolve));
      going--;
      return results[runs.length - 1] ?? 'converged';
    },
    onBackOff: (ms) => waits.push(ms),
    ...(longest && { longestBackOffMs: longest }),
  });
  return { clock, loop, runs, waits, most: () => most };
}

describe('the loop', () => {
  test('runs one at a time, and of what came meanwhile the last', async () => {
    const { clock, loop, runs, most } = looped([], 500);
    loop.trigger('start');
    await clock.pass(100);
    for (const reason of ['file', 'interface', 'asked'] as const) loop.trigger(reason);
    await clock.pass(2000);
    expect(runs).toEqual([
      { atMs: 0, reason: 'start' },
      { atMs: 500, reason: 'asked' },
    ]);
    expect(most()).toBe(1);
  });

  test('looks for drift every interval', async () => {
    const { clock, loop, runs } = looped();
    loop.trigger('start');
    await clock.pass(180_500);
    expect(runs.map(({ reason }) => reason)).toEqual(['start', 'interval', 'interval', 'interval']);
  });

  test('tries again after 0.1 s, then ever later, up to a minute, and begins anew when it went well', async () => {
    const { clock, loop, runs, waits } = looped(Array.from({ length: 12 }, () => 'failed'));
    loop.trigger('start');
    await clock.pass(400_000);
    expect(waits.slice(0, 5)).toEqual([100, 200, 400, 800, 1600]);
    expect(Math.max(...waits)).toBe(60_000);
    expect(waits.at(-1)).toBe(0);
    expect(runs.slice(1, 12).every(({ reason }) => reason === 'retry')).toBe(true);
  });

  test('waits no longer than it is told to', async () => {
    const { clock, loop, waits } = looped(
      Array.from({ length: 9 }, () => 'failed'),
      0,
      () => 1000,
    );
    loop.trigger('start');
    await clock.pass(10_000);
    expect(Math.max(...waits)).toBe(1000);
  });

  test('names every reason that came since the run before', async () => {
    const clock = handClock();
    const seen: string[][] = [];
    const loop = startLoop({
      clock,
      intervalMs: 60_000,
      run: async (_, all) => {
        seen.push([...all]);
        return 'converged';
      },
    });
    loop.suspend();
    for (const reason of ['file', 'interface', 'interface'] as const) loop.trigger(reason);
    loop.resume();
    await clock.pass(0);
    expect(seen).toEqual([['file', 'interface', 'resume']]);
  });

  test('does not wait for a retry when the file changed', async () => {
    const { clock, loop, runs } = looped([
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
      'failed',
    ]);
    loop.trigger('start');
    await clock.pass(10_000);
    const before = runs.length;
    loop.trigger('file');
    await clock.pass(0);
    expect(runs.slice(before)).toEqual([{ atMs: 10_000, reason: 'file' }]);
  });

  test('does not try again what only another file can mend', async () => {
    const { clock, loop, runs } = looped(['held']);
    loop.trigger('start');
    await clock.pass(50_000);
    expect(runs).toHaveLength(1);
  });

  test('does nothing while it is suspended, and at once what was wanted meanwhile', async () => {
    const { clock, loop, runs } = looped();
    loop.trigger('start');
    await clock.pass(10);
    loop.suspend();
    loop.trigger('file');
    await clock.pass(200_000);
    expect([runs.length, loop.isSuspended, [...loop.waiting]]).toEqual([1, true, ['file']]);
    loop.resume();
    await clock.pass(0);
    expect(runs.at(-1)).toEqual({ atMs: 200_010, reason: 'resume' });
  });

  test('stops after the run that is going on, and never runs again', async () => {
    const { clock, loop, runs } = looped([], 500);
    loop.trigger('start');
    await clock.pass(100);
    let isStopped = false;
    const stopping = loop.stop().then(() => {
      isStopped = true;
    });
    loop.trigger('file');
    await clock.pass(100);
    expect(isStopped).toBe(false);
    await clock.pass(1000);
    await stopping;
    await clock.pass(200_000);
    expect(runs).toHaveLength(1);
  });
});
