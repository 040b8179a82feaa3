// node2 sits behind a masquerading NAT: the gateway knows it only by its pings.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { apply, applyAll, hidden, ping, tunnel101, verdict } from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';

const url = 'http://5.5.5.6:3100/';
const unreachable = { timeoutMs: 700 };

describe.skipIf(whyNoLab())('a learned tunnel', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await applyAll(lab, {
      gateway1: { tunnels: [tunnel101.gateway], services: [hidden] },
      node2: { tunnels: [tunnel101.node], services: [{ ...hidden, tunnel: 1 }] },
    });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('drops requests before the first ping, counts them, and lets none out in the clear', async () => {
    const capture = await lab.capture('wire', 'underlay');
    expect(await fetchPage(lab, url, unreachable)).toMatchObject({ error: expect.any(String) });
    const { frames, missed } = await capture.stop();
    expect(await verdict(lab, 'gateway1', 'egress', 'no-remote')).toBeGreaterThan(0);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
  });

  test('reaches the node after its ping', async () => {
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    const page = await fetchPage(lab, url);
    expect(page.body).toContain('Hello from node2');
    expect(await verdict(lab, 'gateway1', 'ingress', 'ping-accepted')).toBeGreaterThan(0);
  });

  test('follows the node to its new address after the NAT mapping moved and it pinged again', async () => {
    await lab.moveNat();
    expect(await fetchPage(lab, url, unreachable)).toMatchObject({ error: expect.any(String) });
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    expect((await fetchPage(lab, url)).body).toContain('Hello from node2');
    expect(await verdict(lab, 'gateway1', 'ingress', 'ping-moved')).toBeGreaterThan(0);
  });

  test('keeps what it learned over a change of something else', async () => {
    const other = { ...hidden, name: 'other', id: 9, proxy: '5.5.5.7:3100', key: 'other-key' };
    await apply(lab, 'gateway1', { tunnels: [tunnel101.gateway], services: [hidden, other] });
    expect((await fetchPage(lab, url)).body).toContain('Hello from node2');
  });

  test('starts unlearned when its id is deleted and created again', async () => {
    await apply(lab, 'gateway1', { tunnels: [], services: [] });
    await apply(lab, 'gateway1', { tunnels: [tunnel101.gateway], services: [hidden] });
    const before = await verdict(lab, 'gateway1', 'egress', 'no-remote');
    expect(await fetchPage(lab, url, unreachable)).toMatchObject({ error: expect.any(String) });
    expect(await verdict(lab, 'gateway1', 'egress', 'no-remote')).toBeGreaterThan(before);
    expect(await ping(lab, 'node2')).toMatchObject({ code: 0 });
    expect((await fetchPage(lab, url)).body).toContain('Hello from node2');
  });
});
