// Underlay and clients alike at MTU 1500, no route with an MTU: nothing is lost in silence, with segmentation offload and
// without. SYNs offer what fits; who sends longer packets all the same is told.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab } from '../support/lab.ts';
import { forgetPaths, offloadCases, routeTo, setFilter, setOffload } from '../support/lab-paths.ts';
import { applyAll, applyBoth, bulk as bulkService, echo, tunnel100, verdict, web } from '../support/lab-topology.ts';
import { bulkBothWays, cameWhole } from '../support/lab-traffic.ts';
import { arrivedWhole, type Ends, startTransfer } from '../support/lab-transfer.ts';
import { bearable, soon } from '../support/patience.ts';

const url = 'http://5.5.5.5:3100';
const bulk = bearable(8_000_000);
const services = [web, echo, bulkService];

const answers = async (lab: Lab, host: 'gateway1' | 'node1'): Promise<number> =>
  await verdict(lab, host, 'egress', 'too-big-answered');

describe('with MTU 1500 everywhere', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu: 1500 });
    await applyBoth(lab, services);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(offloadCases)('bulk TCP goes both ways %s, and nobody has to be told', async (offload) => {
    await setOffload(lab, offload);
    expect(await bulkBothWays(lab, url, bulk)).toEqual(cameWhole(bulk));
    for (const host of ['gateway1', 'node1'] as const) {
      expect(await answers(lab, host)).toBe(0);
      expect(await verdict(lab, host, 'egress', 'too-big')).toBe(0);
    }
  });

  test.each(offloadCases)(
    'a path that becomes narrower in the middle of transfers stops none of them, %s and with strict reverse path filters',
    async (offload) => {
      await setOffload(lab, offload);
      await setFilter(lab, 1);
      await forgetPaths(lab);
      await applyBoth(lab, services);
      const before = { gateway1: await answers(lab, 'gateway1'), node1: await answers(lab, 'node1') };
      const transfer = await startTransfer(lab, { bytes: bulk, seconds: 30, bytesPerSecond: bulk });
      await transfer.sentMore(1);
      await applyAll(lab, {
        gateway1: { tunnels: [{ ...tunnel100.gateway, mtu: 1200 }], services },
        node1: { tunnels: [{ ...tunnel100.node, mtu: 1200 }], services },
      });
      await transfer.sentMore(bulk / 4);
      expect(await transfer.finish()).toSatisfy((ends: Ends) => arrivedWhole(ends, bulk));
      // A client's packets are forwarded by the gateway, a server's are the node's own.
      expect(await answers(lab, 'gateway1')).toBeGreaterThan(before.gateway1);
      expect(await answers(lab, 'node1')).toBeGreaterThan(before.node1);
    },
  );

  test.each(['client', 'gateway1'] as const)(
    'a datagram that is too long teaches its sender on %s what fits',
    async (host) => {
      await applyBoth(lab, services);
      await forgetPaths(lab);
      expect(await routeTo(lab, host, '5.5.5.5')).not.toContain('mtu');
      await lab.exec(host, ['bash', '-c', 'head -c 1472 /dev/zero >/dev/udp/5.5.5.5/3100']);
      await expect.poll(() => routeTo(lab, host, '5.5.5.5'), soon).toContain('mtu 1448');
      expect(await routeTo(lab, host, '5.5.5.7')).not.toContain('mtu');
    },
  );

  test('in mode dso bulk TCP goes both ways', async () => {
    await setOffload(lab, 'with segmentation offload');
    await setFilter(lab, 2);
    await lab.openDirectLink();
    const direct = [{ ...web, mode: 'dso' as const }];
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: direct, interfaces: ['eth0', 'eth1'] },
      gateway1: { tunnels: [tunnel100.gateway], services: direct },
    });
    expect(await bulkBothWays(lab, url, bulk)).toEqual(cameWhole(bulk));
    await setOffload(lab, 'without segmentation offload');
    expect(await bulkBothWays(lab, url, bulk)).toEqual(cameWhole(bulk));
  });
});
