// A service's key changed on two hosts while requests go on: docs/OPERATING.md, "Changing a key". In its order nothing is lost,
// and in another order it is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { applyKeys, applyOldKey, newKey, oldKey, rotateUnderLoad, rotation } from '../support/lab-keys.ts';
import { addresses } from '../support/lab-network.ts';
import { drops, dropsOfBoth, web } from '../support/lab-topology.ts';
import { fetchPage, unharmed } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab())('a key changed on both hosts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('step by step loses no request and no datagram', async () => {
    const { flow, pages } = await rotateUnderLoad(lab);
    expect(flow).toMatchObject(unharmed);
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.filter(({ status }) => status !== 200)).toEqual([]);
    // A segment that was lost would have been sent again: what the hosts dropped tells.
    expect(await dropsOfBoth(lab)).toEqual({ gateway1: {}, node1: {} });
  });

  test('between the second step and the third each host sends another key, and takes both', async () => {
    await applyOldKey(lab);
    for (const { host, keys } of rotation.slice(0, 2)) await applyKeys(lab, host, keys);
    const capture = await lab.capture('wire', 'underlay', 'udp');
    expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    const { frames } = await capture.stop();
    const keysFrom = (source: string): Set<string> =>
      new Set(frames.filter((frame) => frame.source === source).map(({ bytes }) => keyIn(bytes)));
    expect(keysFrom(addresses.gateway1)).toEqual(new Set([newKey]));
    expect(keysFrom(addresses.node1)).toEqual(new Set([oldKey]));
  });

  test('sent before the other host knows it stops the service', async () => {
    await applyOldKey(lab);
    await applyKeys(lab, 'gateway1', { key: newKey, previousKey: oldKey });
    expect(await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    expect((await drops(lab, 'node1'))['ingress bad-key']).toBeGreaterThan(0);
  });
});

/** The key of a data packet over IPv4: behind Ethernet, IP, UDP, and eight bytes of GUE. */
function keyIn(frame: Buffer): string {
  return frame.subarray(50, 66).toString('latin1').replace(/\0+$/, '');
}
