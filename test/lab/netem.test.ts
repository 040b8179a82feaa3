// A bad underlay, as the internet between gateway and node is one: packets late, lost and out of order.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { setWeather, weatherSeen, whyNoNetem } from '../support/lab-netem.ts';
import { applyAll, hidden, ping, tunnel100, tunnel101, verdict, web } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import { patience, soon } from '../support/patience.ts';

const weather = { delayMs: 8, jitterMs: 4, lossPercent: 2, reorderPercent: 20 };
const storm = { delayMs: 20, jitterMs: 10, lossPercent: 40, reorderPercent: 20 };
const bytes = 4_000_000;

describe.skipIf(whyNoLab() ?? whyNoNetem())('on an underlay with loss, delay and reordering', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: [web] },
      node2: { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] },
      gateway1: { tunnels: [tunnel100.gateway, tunnel101.gateway], services: [web, hidden] },
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('a download comes whole, with nothing in the clear', async () => {
    const direct = await fetchPage(lab, `http://1.1.1.1:4000/bytes/${bytes}`, { from: 'node1', timeoutMs: 10_000 });
    await setWeather(lab, ['gateway1', 'node1'], weather);
    const capture = await lab.capture('wire', 'underlay');
    const tunnelled = await fetchPage(lab, `http://${web.proxy}/bytes/${bytes}`, { timeoutMs: 40_000 });
    const { frames } = await capture.stop();
    expect(tunnelled).toMatchObject({ status: 200, bytes });
    expect(tunnelled.sha256).toBe(direct.sha256);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect((await weatherSeen(lab, 'gateway1')).dropped).toBeGreaterThan(0);
  });

  test('a ping that comes through is learned, however many are lost', async () => {
    await setWeather(lab, ['gateway1'], storm);
    // 40 of them are lost once in 10^16 runs.
    for (let sent = 0; sent < 40 && (await verdict(lab, 'gateway1', 'ingress', 'ping-accepted')) === 0; sent++)
      expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    expect(await verdict(lab, 'gateway1', 'ingress', 'ping-accepted')).toBeGreaterThan(0);
    await setWeather(lab, ['gateway1'], weather);
    // A NAT forgets a mapping that nobody answers within half a minute, which is soon over on emulated CPUs.
    const page = async (): Promise<string> => {
      expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
      return (await fetchPage(lab, `http://${hidden.proxy}/`)).body ?? '';
    };
    await expect.poll(page, { ...soon, timeout: 30_000 * patience }).toContain('Hello from node2');
  });
});
