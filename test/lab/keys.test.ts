// A service's key changed on two hosts while requests go on: docs/OPERATING.md, "Changing a key". In its order nothing is lost,
// and in another order it is.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addresses } from '../support/lab-network.ts';
import { apply, applyBoth, drops, echo, tunnel100, type WrittenService, web } from '../support/lab-topology.ts';
import { type Fetched, fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { bearable, patience } from '../support/patience.ts';

const oldKey = 'the-old-key';
const newKey = 'the-new-key';

type Keys = Pick<WrittenService, 'key' | 'previousKey'>;

/** Whoever receives learns a key before anybody sends it, and forgets it after the last one has stopped. */
const steps: readonly { readonly host: 'gateway1' | 'node1'; readonly keys: Keys }[] = [
  { host: 'node1', keys: { key: oldKey, previousKey: newKey } },
  { host: 'gateway1', keys: { key: newKey, previousKey: oldKey } },
  { host: 'node1', keys: { key: newKey } },
  { host: 'gateway1', keys: { key: newKey } },
];

describe.skipIf(whyNoLab())('a key changed on both hosts', () => {
  let lab: Lab;
  const withKeys = (keys: Keys): WrittenService[] => [web, echo].map((service) => ({ ...service, ...keys }));
  const applyKeys = async (host: 'gateway1' | 'node1', keys: Keys): Promise<void> => {
    const tunnel = host === 'gateway1' ? tunnel100.gateway : tunnel100.node;
    await apply(lab, host, { tunnels: [tunnel], services: withKeys(keys) });
  };
  beforeAll(async () => {
    lab = await raiseLab();
    await applyBoth(lab, withKeys({ key: oldKey }));
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('step by step loses no request and no datagram', async () => {
    const { proxy, endpoint } = echo;
    const load = { perSecond: bearable(5000), count: bearable(200_000), seconds: 40 * patience };
    const flow = await startFlow(lab, { to: proxy, at: 'node1', endpoint, ...load });
    let changing = true;
    const asking = keepAsking(lab, () => changing);
    for (const { host, keys } of steps) await applyKeys(host, keys);
    changing = false;
    const pages = await asking;
    expect(await flow.stop()).toMatchObject(unharmed);
    expect(pages.length).toBeGreaterThan(3);
    expect(pages.filter(({ status }) => status !== 200)).toEqual([]);
    expect({ gateway1: await drops(lab, 'gateway1'), node1: await drops(lab, 'node1') }).toEqual({
      gateway1: {},
      node1: {},
    });
  });

  test('between the second step and the third each host sends another key, and takes both', async () => {
    await applyBoth(lab, withKeys({ key: oldKey }));
    for (const { host, keys } of steps.slice(0, 2)) await applyKeys(host, keys);
    const capture = await lab.capture('wire', 'underlay', 'udp');
    expect(await fetchPage(lab, `http://${web.proxy}/`)).toMatchObject({ status: 200 });
    const { frames } = await capture.stop();
    const keysFrom = (source: string): Set<string> =>
      new Set(frames.filter((frame) => frame.source === source).map(({ bytes }) => keyIn(bytes)));
    expect(keysFrom(addresses.gateway1)).toEqual(new Set([newKey]));
    expect(keysFrom(addresses.node1)).toEqual(new Set([oldKey]));
  });

  test('sent before the other host knows it stops the service', async () => {
    await applyBoth(lab, withKeys({ key: oldKey }));
    await applyKeys('gateway1', { key: newKey, previousKey: oldKey });
    expect(await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    expect((await drops(lab, 'node1'))['ingress bad-key']).toBeGreaterThan(0);
  });
});

async function keepAsking(lab: Lab, more: () => boolean): Promise<Fetched[]> {
  const pages: Fetched[] = [];
  while (more()) pages.push(await fetchPage(lab, `http://${web.proxy}/`, { timeoutMs: 900 }));
  return pages;
}

/** The key of a data packet over IPv4: behind Ethernet, IP, UDP, and eight bytes of GUE. */
function keyIn(frame: Buffer): string {
  return frame.subarray(50, 66).toString('latin1').replace(/\0+$/, '');
}
