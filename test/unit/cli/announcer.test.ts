// When pings are sent: each tunnel at its interval, all at once when asked, failures tried again soon and told once.
import { describe, expect, test } from 'vitest';
import { createAnnouncer } from '../../../src/cli/announcer.ts';
import type { Endpoint } from '../../../src/net/endpoint.ts';
import { problem } from '../../../src/problem.ts';
import type { Announcement } from '../../../src/reconcile/pings.ts';
import { createDaemonLog } from '../../../src/watch/state.ts';
import { handClock } from '../watch/clock.ts';

const end = (ip: string): Endpoint => ({ ip, port: 6080 }) as Endpoint;

function announcement(tunnel: number, intervalMs: number): Announcement {
  return {
    tunnel,
    from: end('172.1.0.3'),
    to: end('172.1.0.4'),
    remoteId: tunnel,
    service: '2/1',
    isSigned: true,
    intervalMs,
    payload: (nowNs) => Buffer.from(String(nowNs)),
  };
}

function announcing() {
  const clock = handClock();
  const log = createDaemonLog('n1', [], () => clock.now());
  const sent: string[] = [];
  const sequences: bigint[] = [];
  const down = new Set<number>();
  let wallNs = 1000n;
  const announcer = createAnnouncer({
    clock,
    log,
    realtimeNs: () => wallNs,
    send: async (pings) => {
      const [gone, kept] = [
        pings.filter(({ tunnel }) => down.has(tunnel)),
        pings.filter((one) => !down.has(one.tunnel)),
      ];
      sent.push(...kept.map(({ tunnel }) => `${clock.now()} ${tunnel}`));
      sequences.push(...kept.map(({ payload }) => BigInt(Buffer.from(payload).toString())));
      return {
        sent: kept,
        problems: gone.map(({ tunnel }) => problem('kernel-refused', `no ping for tunnel ${tunnel}`)),
      };
    },
  });
  const told = (): string[] => log.events(100).map(({ timeMs, kind, message }) => `${timeMs} ${kind} ${message}`);
  return { clock, log, announcer, sent, sequences, down, told, setWall: (ns: bigint) => (wallNs = ns) };
}

describe('pings', () => {
  test('go out at once, and then for each tunnel at its own interval; one without an interval gets none', async () => {
    const { clock, announcer, sent, log } = announcing();
    announcer.replace([announcement(1, 1000), announcement(2, 2500), announcement(3, 0)], 'generation 1 is live');
    await clock.pass(5000);
    expect(sent).toEqual(
      ['0 1', '0 2', '1000 1', '2000 1', '2500 2', '3000 1', '4000 1', '5000 2', '5000 1'].sort(byTime),
    );
    expect(log.state.counts).toMatchObject({ pings: sent.length, pingFailures: 0 });
  });

  test('go out at once for every tunnel when an address has changed, and from then on at the interval again', async () => {
    const { clock, announcer, sent } = announcing();
    announcer.replace([announcement(1, 10_000)], 'generation 1 is live');
    await clock.pass(4000);
    announcer.announceNow('interfaces or addresses have changed');
    await clock.pass(11_000);
    expect(sent).toEqual(['0 1', '4000 1', '14000 1']);
  });

  test('of a tunnel that is gone are sent no more, and of one with another interval at that', async () => {
    const { clock, announcer, sent } = announcing();
    announcer.replace([announcement(1, 1000), announcement(2, 1000)], 'generation 1 is live');
    await clock.pass(500);
    announcer.replace([announcement(2, 3000)], 'generation 2 is live');
    await clock.pass(4000);
    expect(sent).toEqual(['0 1', '0 2', '500 2', '3500 2']);
  });

  test('that fail are told once, counted each, tried again within a second, and told when they go out again', async () => {
    const { clock, announcer, sent, down, log, told } = announcing();
    down.add(1);
    announcer.replace([announcement(1, 60_000), announcement(2, 60_000)], 'generation 1 is live');
    await clock.pass(2500);
    expect(log.state.counts).toMatchObject({ pings: 1, pingFailures: 3 });
    down.delete(1);
    await clock.pass(1000);
    expect(sent).toEqual(['0 2', '3000 1']);
    expect(told()).toEqual([
      '0 ping-failed no ping for tunnel 1; it is tried again',
      '0 pinged tunnel 2: generation 1 is live',
      '3000 pinged tunnel 1 can be pinged again',
    ]);
  });

  test('have a sequence that rises, although the wall clock stands still and is set back', async () => {
    const { clock, announcer, sequences, setWall } = announcing();
    announcer.replace([announcement(1, 1000)], 'generation 1 is live');
    await clock.pass(1500);
    setWall(5n);
    await clock.pass(1000);
    setWall(2000n);
    await clock.pass(1000);
    expect(sequences).toEqual([1000n, 1001n, 1002n, 2000n]);
  });

  test('end when the daemon stops', async () => {
    const { clock, announcer, sent } = announcing();
    announcer.replace([announcement(1, 1000)], 'generation 1 is live');
    await clock.pass(1500);
    announcer.stop();
    await clock.pass(10_000);
    expect(sent).toEqual(['0 1', '1000 1']);
  });
});

function byTime(a: string, b: string): number {
  return Number(a.split(' ')[0]) - Number(b.split(' ')[0]);
}
