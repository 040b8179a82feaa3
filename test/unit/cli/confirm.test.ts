// Applies that must be confirmed, over the fake kernel: what settles them, what is refused meanwhile, and that exactly one wins.
import { describe, expect, test } from 'vitest';
import type { MemoryOptions } from '../../../src/datapath/memory/datapath.ts';
import { createMemoryWorld } from '../../../src/datapath/memory/world.ts';
import { hear, heard } from '../../support/learn.ts';
import { liveContents } from '../../support/memory.ts';
import { appliedGateway, gatewayText, TestHost } from './harness.ts';

const moved = gatewayText.replace('172.1.0.3:6080', '172.1.0.9:6080').replace('Pa55w0rd1234567', 'n3w-secret');
const short = gatewayText.slice(0, gatewayText.indexOf('  - name: dns')).replace(/ {2}- id: 101[\s\S]*?learned\n/, '');
const within = ['--confirm-within', '120s'];

async function applied(text = moved, more: readonly string[] = within): Promise<TestHost> {
  const host = await appliedGateway();
  host.files.set('new.yaml', text);
  const { code, stderr } = await host.run(['apply', '-f', 'new.yaml', ...more]);
  if (code !== 0) throw new Error(stderr);
  return host;
}

const passes = (host: TestHost, seconds: number): void => {
  host.boottimeNs += BigInt(seconds) * 1_000_000_000n;
};

/** The timer that was started last, as its own process. */
const timer = (host: TestHost) => host.run(host.timers.at(-1) ?? ['no timer was started']);

/** A clock of which a second is over at every other look. */
const hasty = () => {
  let now = 0n;
  return () => {
    now += 600_000_000n;
    return now;
  };
};

const runs = async (host: TestHost): Promise<string> =>
  /generation \d+/.exec((await host.run(['status'])).stdout)?.[0] ?? 'nothing';

describe('apply --confirm-within', () => {
  test('is live at once, exits 0 at once and says until when, what to type and what it goes back to', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const { code, stdout } = await host.run(['apply', '-f', 'new.yaml', ...within]);
    expect([code, await runs(host)]).toEqual([0, 'generation 2']);
    expect(stdout).toContain(
      'Not confirmed yet: generation 2 goes back to generation 1 at 22:15:20 (in 120 s), unless you say\n  trueingress confirm -i epic-1\n',
    );
  });

  test('is shown by status, in text and in JSON, with what is left', async () => {
    const host = await applied();
    passes(host, 30);
    expect((await host.run(['status'])).stdout).toContain(
      '(in 90 s), unless you say\n  trueingress confirm -i epic-1\n',
    );
    const { confirmation } = await host.json(['status']);
    expect(confirmation).toMatchObject({
      generation: 2,
      goesBackTo: 1,
      remainingMs: 90_000,
      overdue: false,
      timerRuns: true,
    });
  });

  test('starts the timer before anything is switched, and gives it every option in words', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    const seen: string[] = [];
    const before = ({ method }: { method: string }) => {
      if (method === 'switchHook')
        seen.push(`${host.timers.length} timer, ${host.runtime.content.has('epic-1.confirm')}`);
    };
    await host.run(['apply', '-f', 'new.yaml', ...within, '--bpffs', '/b', '--run-dir', '/r', '--state-dir', '/s'], {
      memory: { before },
    });
    expect(seen[0]).toBe('1 timer, true');
    const words = host.timers[0] ?? [];
    expect(words.slice(0, 2)).toEqual(['confirm', '--timer']);
    expect(words.slice(3)).toEqual(['-i', 'epic-1', '--bpffs', '/b', '--run-dir', '/r', '--state-dir', '/s']);
  });

  test('P15: exits 69 and changes nothing when the timer does not start', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    host.runtime.fault = { path: 'epic-1.confirm', code: 'ENOSPC' };
    const { code, stderr } = await host.run(['apply', '-f', 'new.yaml', ...within]);
    expect([code, stderr]).toEqual([69, expect.stringContaining('error[no-timer]')]);
    host.runtime.fault = undefined;
    expect([await runs(host), host.runtime.content.has('epic-1.confirm')]).toEqual(['generation 1', false]);
  });

  test('waits for nothing where nothing changes, and where the apply fails', async () => {
    const host = await appliedGateway();
    expect((await host.run(['apply', '-f', 'gateway.yaml', ...within])).stdout).toBe('No changes.\n');
    host.files.set('new.yaml', moved);
    const memory = { faults: [{ at: 2, method: 'switchHook', outcome: 'EEXIST' }] } as const;
    expect((await host.run(['apply', '-f', 'new.yaml', ...within], { memory })).code).toBe(3);
    expect(host.runtime.content.has('epic-1.confirm')).toBe(false);
    expect((await host.run(['confirm'])).stdout).toBe('Nothing of epic-1 waits for a confirmation.\n');
  });

  test.each([
    [['--wait'], '--wait goes with --confirm-within'],
    [['--confirm-probe', 'true'], '--confirm-probe goes with --confirm-within'],
    [['--confirm-within', 'soon'], '"soon" is not a time'],
    [[...within, '--confirm-probe', 'learned'], 'no tunnel of this topology learns its remote'],
  ])('%j is refused with 64', async (more, message) => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved.replace('remote: learned', 'remote: 172.1.0.6:6080'));
    const { code, stderr } = await host.run(['apply', '-f', 'new.yaml', ...more]);
    expect([code, stderr]).toEqual([64, expect.stringContaining(message)]);
  });
});

describe('confirm', () => {
  test('keeps what is live; a second one is no mistake', async () => {
    const host = await applied();
    const { code, stdout } = await host.run(['confirm']);
    expect([code, stdout]).toEqual([0, 'Confirmed generation 2 of epic-1: it stays.\n']);
    passes(host, 1000);
    await timer(host);
    expect(await runs(host)).toBe('generation 2');
    expect((await host.run(['confirm'])).stdout).toBe('Generation 2 of epic-1 is confirmed already.\n');
    expect(await host.json(['confirm'])).toMatchObject({ kind: 'Confirmation', result: 'already', generation: 2 });
    expect((await host.run(['apply', '-f', 'gateway.yaml'])).code).toBe(0);
  });

  test('P15: exits 7 when the timer was first, again and again, until something else is applied', async () => {
    const host = await applied();
    passes(host, 121);
    await timer(host);
    expect(await runs(host)).toBe('generation 1');
    for (let i = 0; i < 2; i++) {
      const { code, stderr } = await host.run(['confirm']);
      expect([code, stderr]).toEqual([
        7,
        expect.stringContaining(
          'error[confirmed-too-late]: too late: generation 2 was not confirmed in time, and generation 1 runs again',
        ),
      ]);
    }
    expect(await host.json(['confirm'])).toMatchObject({ exitCode: 7, result: 'too-late', generation: 1 });
    await host.run(['apply', '-f', 'new.yaml']);
    expect((await host.run(['confirm'])).code).toBe(0);
  });

  test('P15: exits 7 and goes back itself when the time is over and the timer is gone', async () => {
    const host = await applied();
    host.timersLive = false;
    passes(host, 121);
    expect((await host.run(['status'])).stdout).toContain(
      'its timer is gone; the next command that changes anything takes it back',
    );
    expect((await host.run(['confirm'])).code).toBe(7);
    expect(await runs(host)).toBe('generation 1');
  });

  test('forgets what is gone only then: until then the way back has what tunnels learned', async () => {
    for (const [end, left] of [
      ['confirm', []],
      ['expire', [101]],
    ] as const) {
      const host = await appliedGateway();
      hear(host.world, 'epic-1', 101);
      host.files.set('short.yaml', short);
      expect((await host.run(['apply', '-f', 'short.yaml', ...within])).code).toBe(0);
      expect(heard(host.world, 'epic-1')).toEqual([101]);
      if (end === 'expire') passes(host, 121);
      await (end === 'confirm' ? host.run(['confirm']) : timer(host));
      expect([end, heard(host.world, 'epic-1')]).toEqual([end, left]);
    }
  });

  test('of nobody is an error, of an instance where nothing waits is not', async () => {
    expect((await new TestHost().run(['confirm'])).code).toBe(66);
    expect((await (await appliedGateway()).run(['confirm'])).code).toBe(0);
  });
});

describe('the timer', () => {
  test('brings back every row and hook of before, and says so in the history', async () => {
    const host = await appliedGateway();
    const before = liveContents(host.world, 'epic-1');
    host.files.set('new.yaml', moved);
    await host.run(['apply', '-f', 'new.yaml', ...within]);
    expect(liveContents(host.world, 'epic-1')).not.toEqual(before);
    passes(host, 121);
    expect((await timer(host)).code).toBe(0);
    expect(liveContents(host.world, 'epic-1')).toEqual(before);
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).stdout).toBe('No changes.\n');
    expect((await host.run(['history'])).stdout.split('\n')[1]).toMatch(/^> +1 .* 2 not confirmed /);
  });

  test('takes everything off again where nothing was applied before, and numbers go on', async () => {
    const host = new TestHost();
    host.files.set('gateway.yaml', gatewayText);
    const { stdout } = await host.run(['apply', '-f', 'gateway.yaml', ...within]);
    expect(stdout).toContain('generation 1 is taken off again, with everything of the instance,');
    passes(host, 121);
    await timer(host);
    expect([host.world.attachments, [...host.world.pins.keys()]]).toEqual([[], []]);
    expect((await host.run(['confirm'])).code).toBe(7);
    expect((await host.run(['history'])).stdout).toMatch(/\n +- .* 1 not confirmed, removed /);
    expect((await host.run(['apply', '-f', 'gateway.yaml'])).stdout).toMatch(/Applied generation 2 in /);
  });

  test('brings back a hook that an apply only added, and a build that was replaced', async () => {
    const host = await appliedGateway();
    await host.run(['detach', 'egress', '--yes']);
    await host.run(['apply', '-f', 'gateway.yaml', ...within]);
    expect(host.world.attachments).toHaveLength(2);
    passes(host, 121);
    await timer(host);
    expect(host.world.attachments).toHaveLength(1);
    await host.run(['attach']);
    const upgraded = { environment: { buildDigest: async () => new Uint8Array(32).fill(9) } };
    await host.run(['apply', '-f', 'gateway.yaml', ...within], upgraded);
    expect((await host.run(['status'])).stdout).toContain('0909090909');
    passes(host, 121);
    await timer(host);
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).stdout).toBe('No changes.\n');
  });

  test('does nothing when its generation does not run any more, or its host was started again', async () => {
    const host = await applied();
    const empty = createMemoryWorld({ interfaces: [{ name: 'eth0', ifindex: 2 }], tcx: true });
    Object.assign(host.world, { pins: empty.pins, attachments: empty.attachments });
    passes(host, 121);
    await timer(host);
    expect(host.world.attachments).toEqual([]);
    const restarted = await applied();
    restarted.bootId = 'another-boot';
    passes(restarted, 121);
    await timer(restarted);
    expect(await runs(restarted)).toBe('generation 2');
  });

  test('takes back what a killed apply had half switched', async () => {
    const host = await appliedGateway();
    const before = liveContents(host.world, 'epic-1');
    host.files.set('new.yaml', moved);
    for (const at of [1, 2]) {
      const memory = { faults: [{ at, method: 'switchHook', outcome: 'kill' }] } as const;
      expect((await host.run(['apply', '-f', 'new.yaml', ...within], { memory })).code).toBe(70);
      passes(host, 121);
      await timer(host);
      expect(liveContents(host.world, 'epic-1')).toEqual(before);
      expect((await host.run(['status', '--check'])).code).toBe(0);
    }
  });

  test('tries again where the kernel refuses the way back', async () => {
    const host = await applied();
    passes(host, 121);
    let opened = 0;
    const memory: MemoryOptions = {
      get faults() {
        return opened++ === 0 ? [{ at: 1, method: 'switchHook', outcome: 'EAGAIN' } as const] : [];
      },
    };
    const { code } = await host.run(host.timers.at(-1) ?? [], { memory });
    expect([code, opened, await runs(host)]).toEqual([0, 2, 'generation 1']);
  });
});

describe('while something waits', () => {
  test('P15: nothing is staged: exit 5, with who applied it and what to type', async () => {
    const host = await applied();
    await host.run(['plan', '-f', 'gateway.yaml', '-o', 'plan.json']);
    for (const words of [
      ['apply', '-f', 'gateway.yaml'],
      ['apply', 'plan.json'],
      ['apply', '-f', 'gateway.yaml', ...within],
    ]) {
      const { code, stderr } = await host.run(words);
      expect([code, stderr]).toEqual([
        5,
        expect.stringContaining(
          'error[unconfirmed]: generation 2 is not confirmed yet (applied by anna as root from 192.0.2.7, waits until 2023-11-14T22:15:20.000Z)',
        ),
      ]);
      expect(stderr).toContain(
        'hint: `trueingress confirm -i epic-1` keeps it, `trueingress revert -i epic-1` goes back',
      );
      expect(host.datapath?.log.filter(({ writes }) => writes)).toEqual([]);
    }
    expect((await host.run(['apply', '-f', 'new.yaml'])).stdout).toBe('No changes.\n');
    expect((await host.run(['plan', '-f', 'gateway.yaml'])).code).toBe(0);
  });

  test('revert goes back at once and settles it', async () => {
    const host = await applied();
    const { code, stdout } = await host.run(['revert']);
    expect([code, stdout]).toEqual([0, expect.stringContaining('Plan: from generation 2 back to 1: ')]);
    expect((await host.run(['confirm'])).code).toBe(7);
    expect((await host.run(['apply', '-f', 'new.yaml'])).code).toBe(0);
    passes(host, 121);
    await timer(host);
    expect(await runs(host)).toBe('generation 3');
  });

  test('a revert to something else is refused, remove and detach are not', async () => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    host.files.set('short.yaml', short);
    await host.run(['apply', '-f', 'new.yaml']);
    await host.run(['apply', '-f', 'short.yaml', ...within]);
    expect((await host.run(['revert', '1'])).code).toBe(5);
    expect((await host.run(['detach', 'egress', '--yes'])).code).toBe(0);
    expect((await host.run(['remove', '--yes'])).code).toBe(0);
    expect(host.runtime.content.size).toBe(0);
    passes(host, 121);
    expect((await timer(host)).code).toBe(0);
    expect(host.world.attachments).toEqual([]);
  });

  test('overdue, the next command that changes anything goes back first and says so', async () => {
    for (const words of [['apply', '-f', 'new.yaml'], ['detach', 'egress', '--yes'], ['attach']]) {
      const host = await applied();
      host.timersLive = false;
      passes(host, 121);
      const { code, stderr } = await host.run(words);
      expect([words, code, stderr]).toEqual([
        words,
        0,
        expect.stringContaining('warning[taken-back]: generation 2 was not confirmed until'),
      ]);
      const { entries } = await host.json(['history']);
      expect(entries).toContainEqual(expect.objectContaining({ kind: 'unconfirmed', of: 2, generation: 1 }));
      expect((await host.json(['status'])).confirmation).toBeUndefined();
    }
  });
});

describe('--confirm-probe', () => {
  test('confirms by itself when the command succeeds, after it failed at first', async () => {
    const host = await applied(moved, [...within, '--confirm-probe', 'curl -sf http://5.5.5.5:3100/']);
    const commands: string[] = [];
    host.shell = async (command) => {
      commands.push(command);
      return { succeeded: commands.length === 2, said: 'no' };
    };
    await host.run(host.timers.at(-1) ?? [], { environment: { monotonicNs: hasty() } });
    expect(commands).toEqual(Array(2).fill('curl -sf http://5.5.5.5:3100/'));
    expect((await host.run(['confirm'])).stdout).toContain('is confirmed already');
  });

  test('that never succeeds changes nothing about going back, and its last words are kept', async () => {
    const host = await applied(moved, [...within, '--confirm-probe', 'false']);
    host.shell = async () => {
      passes(host, 60);
      return { succeeded: false, said: 'connection refused' };
    };
    await host.run(host.timers.at(-1) ?? [], { environment: { monotonicNs: hasty() } });
    expect(await runs(host)).toBe('generation 1');
    expect(host.runtime.content.get('epic-1.confirm')?.toString()).toContain('the probe said last: connection refused');
  });

  test('learned confirms when every tunnel that was heard before is heard after the switch', async () => {
    const host = await appliedGateway();
    hear(host.world, 'epic-1', 101);
    host.files.set('new.yaml', moved);
    await host.run(['apply', '-f', 'new.yaml', ...within, '--confirm-probe', 'learned']);
    let now = 2_000_000_000n;
    let looks = 0;
    const monotonicNs = () => {
      if (++looks === 6) hear(host.world, 'epic-1', 101, now);
      now += 600_000_000n;
      return now;
    };
    await host.run(host.timers.at(-1) ?? [], { environment: { monotonicNs } });
    expect(looks).toBeGreaterThan(5);
    expect((await host.run(['confirm'])).stdout).toContain('is confirmed already');
  });
});

describe('--wait', () => {
  /** Somebody does something at the third look. */
  const stays = (host: TestHost, happen: () => Promise<unknown>, ends: 'elapsed' | 'stopped' = 'elapsed') => {
    let looks = 0;
    const pause = async () => {
      if (++looks === 3) await happen();
      return looks >= 3 ? ends : ('elapsed' as const);
    };
    return host.run(['apply', '-f', 'new.yaml', ...within, '--wait'], {
      environment: { catchStop: () => ({ pause, release: () => {} }) },
    });
  };
  const waiting = async (): Promise<TestHost> => {
    const host = await appliedGateway();
    host.files.set('new.yaml', moved);
    return host;
  };

  test('stays until it is confirmed', async () => {
    const host = await waiting();
    const { code, stdout } = await stays(host, () => host.run(['confirm']));
    expect([code, stdout]).toEqual([
      0,
      expect.stringMatching(/Not confirmed yet: [\s\S]*Confirmed: generation 2 stays\.\n$/),
    ]);
  });

  test('P15: exits 7 when it was taken back', async () => {
    const host = await waiting();
    const { code, stderr } = await stays(host, async () => {
      passes(host, 121);
      await timer(host);
    });
    expect([code, stderr]).toEqual([
      7,
      expect.stringContaining('generation 2 was not confirmed in time: generation 1 runs again'),
    ]);
  });

  test('stopped, leaves the timer where it is', async () => {
    const host = await waiting();
    const { code, stderr } = await stays(host, async () => {}, 'stopped');
    expect([code, stderr]).toEqual([130, expect.stringContaining('the timer does, until 2023-11-14T22:15:20.000Z')]);
    expect((await host.run(['confirm'])).code).toBe(0);
  });
});

test('confirm, revert and the timer at the same instant: exactly one wins, and all say the same', async () => {
  for (let round = 0; round < 30; round++) {
    const host = await applied();
    // Within the last moments, so that who comes first decides.
    passes(host, round % 2 === 0 ? 119 : 121);
    const [confirmed, timed] = await Promise.all([
      host.run(['confirm']),
      (async () => {
        for (let i = 0; i < round; i++) await null;
        passes(host, 2);
        return await timer(host);
      })(),
    ]);
    const live = await runs(host);
    expect(timed.code).toBe(0);
    expect([confirmed.code, live]).toEqual(confirmed.code === 0 ? [0, 'generation 2'] : [7, 'generation 1']);
    const { entries } = (await host.json(['history'])) as unknown as { entries: { kind: string }[] };
    expect(entries.filter(({ kind }) => kind === 'unconfirmed')).toHaveLength(confirmed.code === 0 ? 0 : 1);
  }
});
