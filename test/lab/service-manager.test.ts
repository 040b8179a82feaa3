// The daemon and a service manager's socket, for real; and the datapath, which the daemon's end does not touch.
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { startWatch, watchFile } from '../support/lab-daemon.ts';
import type { Running } from '../support/lab-process.ts';
import { apply, echo, second, topologyText, tunnel100, web } from '../support/lab-topology.ts';
import { startFlow, unharmed } from '../support/lab-traffic.ts';
import { type NotifySocket, openNotifySocket } from '../support/notify-socket.ts';
import { bearable, soon } from '../support/patience.ts';

const parts = { tunnels: [tunnel100.gateway], services: [web, echo] };
const beatMs = 200;

describe.skipIf(whyNoLab())('a daemon under a service manager', () => {
  let lab: Lab;
  let socket: NotifySocket;
  let daemon: Running;
  beforeAll(async () => {
    lab = await raiseLab();
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [web, echo, second] });
    const path = join(lab.directory, 'notify');
    socket = openNotifySocket(path);
    daemon = await startWatch(lab, 'gateway1', parts, {
      NOTIFY_SOCKET: path,
      WATCHDOG_USEC: String(2 * beatMs * 1000),
    });
  });
  afterAll(async () => {
    socket?.close();
    await lab.destroy();
  });

  const heard = (word: string): (readonly string[])[] => socket.heard().filter((lines) => lines.includes(word));

  test('says READY with its status once', async () => {
    await expect.poll(() => heard('READY=1'), soon).toEqual([['READY=1', 'STATUS=generation 1, as the files say']]);
  });

  test('says RELOADING on SIGHUP with the time by the monotonic clock, and READY when the file is live', async () => {
    lab.write('gateway1-watched.yaml', topologyText(lab, 'gateway1', { ...parts, services: [web, echo, second] }));
    const before = process.hrtime.bigint() / 1000n;
    process.kill(daemon.pid, 'SIGHUP');
    await expect.poll(() => heard('READY=1').length, soon).toBe(2);
    const after = process.hrtime.bigint() / 1000n;
    const [reloading = []] = heard('RELOADING=1');
    const usec = BigInt(/^MONOTONIC_USEC=(\d+)$/.exec(reloading[1] ?? '')?.[1] ?? 0);
    expect(usec).toBeGreaterThanOrEqual(before);
    expect(usec).toBeLessThanOrEqual(after);
    const order = socket.heard().flatMap((lines) => lines.filter((line) => /^(READY|RELOADING)=1$/.test(line)));
    expect(order).toEqual(['READY=1', 'RELOADING=1', 'READY=1']);
    expect(heard('READY=1')[1]).toContain('STATUS=generation 2, as the files say');
  });

  test('says RELOADING and READY once each also where the files say what they said', async () => {
    const told = socket.heard().length;
    process.kill(daemon.pid, 'SIGHUP');
    await expect.poll(() => heard('READY=1').length, soon).toBe(3);
    const order = socket
      .heard()
      .slice(told)
      .flatMap((lines) => lines.filter((line) => /^(READY|RELOADING)=1$/.test(line)));
    expect(order).toEqual(['RELOADING=1', 'READY=1']);
  });

  test('beats at half of the time that it was given', async () => {
    const from = { beats: heard('WATCHDOG=1').length, ms: performance.now() };
    await expect.poll(() => heard('WATCHDOG=1').length, soon).toBeGreaterThanOrEqual(from.beats + 10);
    // Not sooner than the timer; later is the machine's affair.
    expect(performance.now() - from.ms).toBeGreaterThanOrEqual(9 * beatMs - 100);
  });

  test('says STOPPING as its last word', async () => {
    await daemon.end('SIGTERM');
    expect(socket.heard().at(-1)).toEqual(['STOPPING=1', 'STATUS=stopping; the datapath stays as it is']);
  });

  test('loses no datagram when it is stopped, killed and started again', async () => {
    const flow = await startFlow(lab, {
      to: '5.5.5.5:3100',
      at: 'node1',
      endpoint: '1.1.1.1:4000',
      perSecond: bearable(1000),
      count: 1_000_000,
      seconds: 60,
    });
    for (const signal of ['SIGTERM', 'SIGKILL', 'SIGTERM', 'SIGKILL'] as const) {
      daemon = await watchFile(lab, 'gateway1', join(lab.directory, 'gateway1-watched.yaml'));
      await daemon.end(signal);
    }
    const result = await flow.stop();
    expect(result).toMatchObject(unharmed);
    expect(result.requests.sent).toBeGreaterThan(0);
  });
});
