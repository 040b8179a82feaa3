// stats --watch over the fake kernel: what each look shows, where it goes, how it ends.
import { describe, expect, test } from 'vitest';
import type { Environment } from '../../../src/cli/environment.ts';
import { appliedGateway, gatewayText, type TestHost } from './harness.ts';

const numbers = { encapsulated: 64 + 1, badKeyIngress: 19, web: 136, tunnel100: 128 } as const;

/** Adds packets of 100 bytes to these indexes. */
function count(host: TestHost, packets: Readonly<Record<number, bigint>>): void {
  const counter = host.world.pins.get('epic-1/learned/counter');
  if (counter?.kind !== 'counters') throw new Error('no counters');
  for (const [index, more] of Object.entries(packets)) {
    const [before, bytes] = counter.values.get(Number(index)) ?? [0n, 0n];
    counter.values.set(Number(index), [before + more, bytes + 100n * more]);
  }
}

/** Each look comes when the pause before it is over; then something happens. Stopped when nothing more happens. */
function looks(happenings: readonly (() => void | Promise<void>)[]) {
  let now = 0n;
  let at = 0;
  const pauses: number[] = [];
  const environment: Partial<Environment> = {
    monotonicNs: () => now,
    realtimeNs: () => 1_700_000_000_000_000_000n + now,
    catchStop: () => ({
      pause: async (ms) => {
        pauses.push(ms);
        const happening = happenings[at++];
        if (!happening) return 'stopped';
        await happening();
        now += BigInt(ms) * 1_000_000n;
        return 'elapsed';
      },
      release: () => {},
    }),
  };
  return { environment, pauses };
}

describe('stats --watch', () => {
  test('prints a block after each interval, drops first, with what happens in a second', async () => {
    const host = await appliedGateway();
    count(host, { [numbers.encapsulated]: 1000n });
    const traffic = () =>
      count(host, { [numbers.encapsulated]: 20n, [numbers.badKeyIngress]: 3n, [numbers.web + 2]: 20n });
    const { environment, pauses } = looks([traffic, () => {}]);
    const { code, stdout } = await host.run(['stats', '--watch', '--every', '2s'], { environment });
    expect([code, pauses]).toEqual([0, [2000, 2000, 2000]]);
    const [first, second] = stdout.split('\n\nepic-1');
    expect(first).toBe(
      [
        'epic-1  2023-11-14T22:13:22.000Z',
        '',
        'DROPPED  VERDICT  PACKETS/S  BYTES/S  PACKETS',
        'ingress  bad-key        1.5      150        3',
        '',
        'PASSED  VERDICT       PACKETS/S  BYTES/S  PACKETS',
        'egress  encapsulated         10     1000     1020',
        '',
        'SERVICE  DROPPED/S  IN-PACKETS/S  IN-BYTES/S  OUT-PACKETS/S  OUT-BYTES/S',
        '2/1              0             0           0             10         1000',
        '1 service without a packet',
        '',
        '2 tunnels without a packet',
      ].join('\n'),
    );
    expect(second).toContain('ingress  bad-key          0        0        3');
  });

  test('replaces itself in place on a terminal, from the first look on, and leaves the cursor below', async () => {
    const host = await appliedGateway();
    const { environment } = looks([() => count(host, { [numbers.encapsulated]: 5n })]);
    const { stdout } = await host.run(['stats', '--watch', '--color', 'never'], { environment, terminal: true });
    const frames = stdout.split('\u001b[H').slice(1);
    expect(frames).toHaveLength(2);
    expect(frames.map((frame) => /encapsulated +(\d+)/.exec(frame)?.[1])).toEqual([undefined, '5']);
    expect(frames[1]?.endsWith('every 1 s, q ends\u001b[K\u001b[J\n')).toBe(true);
  });

  test('asks for its end by a key, and by the same signals as ever', async () => {
    const host = await appliedGateway();
    let asked: unknown;
    const environment: Partial<Environment> = {
      catchStop: (also) => {
        asked = also;
        return { pause: async () => 'stopped', release: () => {} };
      },
    };
    expect((await host.run(['stats', '--watch'], { environment })).code).toBe(0);
    expect(asked).toEqual({ key: 'q' });
  });

  test('ends after so many intervals, a line each with --json, the last one for the whole', async () => {
    const host = await appliedGateway();
    const { environment } = looks(Array(9).fill(() => count(host, { [numbers.tunnel100 + 2]: 7n })));
    const { stdout } = await host.run(['stats', '--watch', '--count', '2', '--json'], { environment });
    const lines = stdout
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
    expect(lines.map(({ kind, elapsedMs, intervals }) => [kind, elapsedMs, intervals])).toEqual([
      ['Stats', 1000, undefined],
      ['Stats', 1000, undefined],
      ['Stats', 1000, 2],
    ]);
    expect(lines[1].perSecond.tunnels[0]).toMatchObject({ id: 100, egress: { packets: 7, bytes: 700 } });
    expect(lines[1].tunnels[0]).toMatchObject({ id: 100, egress: { packets: 14 } });
  });

  test('follows an apply: a service that is new is counted from its beginning', async () => {
    const host = await appliedGateway();
    const third = '  - {name: third, group: 3, id: 9, protocol: tcp, proxy: "5.5.5.5:99", tunnel: 100, key: another}\n';
    const apply = async () => {
      host.files.set('more.yaml', gatewayText + third);
      expect((await host.run(['apply', '-f', 'more.yaml'])).code).toBe(0);
      count(host, { 144: 4n });
    };
    const { environment } = looks([apply]);
    const { stdout } = await host.run(['stats', '--watch'], { environment });
    expect(stdout).toMatch(/\n3\/9 +0 +4 +400 /);
  });

  test('ends when the instance is removed meanwhile, and exits 66', async () => {
    const host = await appliedGateway();
    const { environment } = looks([async () => void (await host.run(['remove', '--yes'])), () => {}]);
    expect((await host.run(['stats', '--watch'], { environment })).code).toBe(66);
  });

  test('ends when nobody reads its output any more', async () => {
    const host = await appliedGateway();
    const { environment, pauses } = looks(Array(9).fill(() => {}));
    const stdout = { isTerminal: false, isGone: true, write: () => {} };
    expect((await host.run(['stats', '--watch'], { environment: { ...environment, stdout } })).code).toBe(0);
    expect(pauses).toEqual([]);
  });

  test.each([
    ['--every', '1s'],
    ['--count', '2'],
  ])('%s means nothing without it', async (...words) => {
    expect((await (await appliedGateway()).run(['stats', ...words])).code).toBe(64);
  });
});
