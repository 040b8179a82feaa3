// IPv4 and IPv6, inside a tunnel and around it, in all four combinations: pages, datagrams, bulk with and without offloads.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { addressesOf, families } from '../support/lab-network.ts';
import { segmentation, setOffload } from '../support/lab-paths.ts';
import { applyBoth, dropsOfBoth, echo, inFamily, web } from '../support/lab-topology.ts';
import { bulkBothWays, cameWhole, fetchPage, startFlow, unharmed } from '../support/lab-traffic.ts';
import { bearable } from '../support/patience.ts';

const bulk = bearable(8_000_000);

describe.skipIf(whyNoLab()).each(families)('a tunnel over %s', (outer) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await applyBoth(lab, [web, echo, ...[web, echo].map((service) => inFamily(service, 'IPv6'))], outer);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  describe.each(families)('carries %s', (inner) => {
    const page = inFamily(web, inner);
    const datagrams = inFamily(echo, inner);

    test('a page, with nothing in the clear', async () => {
      const capture = await lab.capture('wire', 'underlay');
      const fetched = await fetchPage(lab, `http://${page.proxy}/`);
      const { frames, missed } = await capture.stop();
      expect(fetched).toMatchObject({ status: 200 });
      expect(fetched.body).toContain(`to ${addressesOf[inner].client}`);
      const data = frames.filter(({ kind }) => kind === 'gue-data');
      expect(data.length).toBeGreaterThan(5);
      expect(new Set(data.flatMap(({ source, destination }) => [source, destination]))).toEqual(
        new Set([addressesOf[outer].gateway1, addressesOf[outer].node1]),
      );
      expect(clearText(frames).map(describeFrame)).toEqual([]);
      expect(missed).toBe(0);
    });

    test('datagrams and their echoes', async () => {
      const { proxy, endpoint } = datagrams;
      const flow = await startFlow(lab, { to: proxy, at: 'node1', endpoint, perSecond: 1000, count: 300, seconds: 20 });
      expect(await flow.finished()).toMatchObject({ ...unharmed, requests: { sent: 300, received: 300 } });
    });

    test.each(segmentation)('bulk TCP both ways %s', async (offload) => {
      await setOffload(lab, offload);
      expect(await bulkBothWays(lab, `http://${page.proxy}`, bulk)).toEqual(cameWhole(bulk));
    });
  });

  test('drops nothing of all that', async () => {
    expect(await dropsOfBoth(lab)).toEqual({
      gateway1: {},
      node1: {},
    });
  });
});
