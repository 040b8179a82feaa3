// Applies that must be confirmed and were cut off, or end in the middle: nothing is confirmed that never ran, nothing is taken for a
// second way back, and nobody waits for ever.
import { describe, expect, test } from 'vitest';
import type { MemoryOptions } from '../../../src/datapath/memory/datapath.ts';
import { hear, heard } from '../../support/learn.ts';
import { appliedGateway, gatewayText, type TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');
const short = gatewayText.slice(0, gatewayText.indexOf('  - name: dns')).replace(/ {2}- id: 101[\s\S]*?learned\n/, '');
const within = ['--confirm-within', '120s'];
const isOver = (host: TestHost): void => {
  host.boottimeNs += 121_000_000_000n;
};
const runs = async (host: TestHost): Promise<string> =>
  /generation \d+/.exec((await host.run(['status'])).stdout)?.[0] ?? 'nothing';

/** The timer that was started last; a second passes at every other look of it. */
async function timer(host: TestHost): Promise<void> {
  let now = 0n;
  const monotonicNs = () => {
    now += 600_000_000n;
    return now;
  };
  await host.run(host.timers.at(-1) ?? ['no timer was started'], { environment: { monotonicNs } });
}

async function cutOff(words: readonly string[], memory: MemoryOptions, text = short): Promise<TestHost> {
  const host = await appliedGateway();
  hear(host.world, 'epic-1', 101);
  host.files.set('new.yaml', text);
  await host.run(['apply', '-f', 'new.yaml', ...within, '--max-deletions', '9', ...words], { memory });
  return host;
}

describe('an apply that is killed before its switch', () => {
  const killed = { faults: [{ at: 1, method: 'switchHook', outcome: 'kill' }] } as const;

  test('has nothing to confirm, and what was learned stays', async () => {
    const host = await cutOff([], killed);
    const before = heard(host.world, 'epic-1');
    expect(before.length).toBeGreaterThan(0);
    const { code, stdout } = await host.run(['confirm']);
    expect([code, stdout]).toEqual([0, 'Nothing of epic-1 waits for a confirmation.\n']);
    expect([await runs(host), heard(host.world, 'epic-1')]).toEqual(['generation 1', before]);
  });

  test('is confirmed by no probe: none is run before the switch', async () => {
    const host = await cutOff(['--confirm-probe', 'true'], killed);
    const before = heard(host.world, 'epic-1');
    let asked = 0;
    host.shell = async () => {
      asked++;
      isOver(host);
      return { succeeded: true, said: '' };
    };
    const ticking = setInterval(() => isOver(host), 50);
    await timer(host);
    clearInterval(ticking);
    expect([asked, await runs(host), heard(host.world, 'epic-1')]).toEqual([0, 'generation 1', before]);
  });
});

test('a probe is heard once the switch is made', async () => {
  const host = await cutOff(['--confirm-probe', 'true'], {}, moved);
  host.shell = async () => ({ succeeded: true, said: '' });
  await timer(host);
  isOver(host);
  expect([await runs(host), (await host.run(['confirm'])).stdout]).toEqual([
    'generation 2',
    'Generation 2 of epic-1 is confirmed already.\n',
  ]);
});

test('stuck between two generations is taken back when the time is over', async () => {
  const faults = [
    { at: 2, method: 'switchHook', outcome: 'EBUSY' },
    { at: 3, method: 'switchHook', outcome: 'EBUSY' },
  ] as const;
  const host = await cutOff([], { faults }, moved);
  expect(host.runtime.content.has('epic-1.confirm')).toBe(true);
  isOver(host);
  await timer(host);
  const { hooks } = await host.json(['status']);
  expect(new Set((hooks as { slot: string }[]).map(({ slot }) => slot)).size).toBe(1);
  expect(await runs(host)).toBe('generation 1');
});

describe('revert of what was not confirmed in time', () => {
  test.each([
    ['the timer took it back', true],
    ['the command takes it back itself', false],
  ])('does not go forward to it again: %s', async (_, isTimer) => {
    const host = await cutOff([], {}, moved);
    isOver(host);
    if (isTimer) await timer(host);
    const { code, stderr } = await host.run(['revert']);
    expect([code, await runs(host)]).toEqual([3, 'generation 1']);
    expect(stderr).toContain('generation 2 was not confirmed and is taken back already: generation 1 runs');
    expect((await host.run(['revert', '2'])).code).toBe(0);
    expect(await runs(host)).toBe('generation 2');
  });
});

test('what cannot be forgotten is no reason to take a confirmed generation back', async () => {
  const host = await cutOff([], {});
  const memory = { faults: [{ at: 1, method: 'forget', outcome: 'EPERM' }] } as const;
  const { code, stdout, stderr } = await host.run(['confirm'], { memory });
  expect([code, stdout]).toEqual([0, 'Confirmed generation 2 of epic-1: it stays.\n']);
  expect(stderr).toContain('warning[kernel-refused]');
  isOver(host);
  await timer(host);
  expect(await runs(host)).toBe('generation 2');
});

test('an earlier generation that is gone leaves the live one in place, and nobody waits for ever', async () => {
  const host = await cutOff([], {}, moved);
  for (const pin of [...host.world.pins.keys()]) if (pin.startsWith('epic-1/a/')) host.world.pins.delete(pin);
  isOver(host);
  const { code, stderr } = await host.run(['apply', '-f', 'gateway.yaml']);
  expect([code, stderr]).toEqual([0, expect.stringContaining('generation 1 is not kept any more')]);
  expect(await runs(host)).toBe('generation 3');
});

test('revert does not take programs off an interface that was made anew; by its number it is found to run', async () => {
  const host = await appliedGateway();
  const [eth0] = host.world.interfaces;
  if (!eth0) throw new Error('no eth0');
  host.world.interfaces.splice(0, 1, { ...eth0, ifindex: 12 });
  host.world.attachments.splice(0);
  const routes = ['0.0.0.0/0', '172.1.0.3/32', '172.1.0.4/32'].map((prefix) => ({ prefix, ifindex: 12, local: true }));
  const onNew = { host: { routes } };
  expect((await host.run(['apply', '-f', 'gateway.yaml'], onNew)).code).toBe(0);
  const attached = host.world.attachments.length;
  expect(attached).toBeGreaterThan(0);
  const { code, stderr } = await host.run(['revert'], onNew);
  expect([code, host.world.attachments.length]).toEqual([3, attached]);
  expect(stderr).toContain(
    'generation 1 ran on an interface that is gone: going back would take the programs off eth0',
  );
  // Of the same text, on the interface that is here now: that is what runs.
  expect(await host.run(['revert', '1'], onNew)).toMatchObject({ code: 0, stdout: 'No changes.\n' });
  expect([host.world.attachments.length, await runs(host)]).toEqual([attached, 'generation 2']);
});

test('a full /run keeps nobody from the way back', async () => {
  const host = await cutOff([], {}, moved);
  isOver(host);
  host.runtime.fault = { path: 'epic-1.confirm', code: 'ENOSPC' };
  await timer(host);
  expect([await runs(host), host.runtime.content.has('epic-1.confirm')]).toEqual(['generation 1', false]);
  expect((await host.run(['history'])).stdout).toContain('2 not confirmed');
  expect((await host.run(['apply', '-f', 'new.yaml'])).code).toBe(0);
});
