// MTU 1500 everywhere, no route with an MTU, where IPv6 is inside or outside: an outer IPv6 header takes 20 bytes more, and
// nobody but the sender may cut an IPv6 packet. What is IPv4 in IPv4 stands in mtu.test.ts.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addressOf } from '../support/lab-network.ts';
import { forgetPaths, routeTo, segmentation, setOffload } from '../support/lab-paths.ts';
import {
  applyAll,
  applyBoth,
  bulk as bulkService,
  combinations,
  echo,
  inFamily,
  tunnel100Over,
  verdict,
  web,
} from '../support/lab-topology.ts';
import { bulkBothWays, cameWhole } from '../support/lab-traffic.ts';
import { arrivedWhole, type Ends, startTransfer } from '../support/lab-transfer.ts';
import { bearable, soon } from '../support/patience.ts';

const bulk = bearable(6_000_000);
const overhead = { IPv4: 52, IPv6: 72 } as const;
const withIpv6 = combinations.filter(({ inner, outer }) => inner === 'IPv6' || outer === 'IPv6');

describe.skipIf(whyNoLab()).each(withIpv6)('with MTU 1500 everywhere, $inner in $outer', ({ inner, outer }) => {
  const stream = inFamily(bulkService, inner);
  const services = [inFamily(web, inner), inFamily(echo, inner), stream];
  const { gateway, node } = tunnel100Over(outer);
  const proxy = inFamily(web, inner).proxy;
  const url = `http://${proxy}`;
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu: 1500 });
    await applyBoth(lab, services, outer);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(segmentation)('bulk TCP goes both ways %s, and nobody has to be told', async (offload) => {
    await setOffload(lab, offload);
    expect(await bulkBothWays(lab, url, bulk)).toEqual(cameWhole(bulk));
    for (const host of ['gateway1', 'node1'] as const) {
      expect(await verdict(lab, host, 'egress', 'too-big-answered')).toBe(0);
      expect(await verdict(lab, host, 'egress', 'too-big')).toBe(0);
    }
  });

  test.each(['client', 'gateway1'] as const)(
    'a datagram that is too long teaches its sender on %s what fits',
    async (host) => {
      await forgetPaths(lab);
      const address = addressOf(proxy);
      const sender = ['build/tools/udp-send', '-t', proxy, '-r', '10', '-n', '1', '-l', '1450'];
      await lab.exec(host, sender);
      await expect.poll(() => routeTo(lab, host, address), soon).toContain(`mtu ${1500 - overhead[outer]}`);
      const other = address.replace(/5$/, '7');
      expect(await routeTo(lab, host, other)).not.toContain('mtu');
    },
  );

  test('a path that becomes narrower in the middle of transfers stops none of them', async () => {
    await setOffload(lab, 'without segmentation offload');
    await forgetPaths(lab);
    const transfer = await startTransfer(lab, { service: stream, bytes: bulk, seconds: 30, bytesPerSecond: bulk });
    await transfer.sentMore(1);
    await applyAll(lab, {
      gateway1: { tunnels: [{ ...gateway, mtu: 1400 }], services },
      node1: { tunnels: [{ ...node, mtu: 1400 }], services },
    });
    await transfer.sentMore(bulk / 4);
    expect(await transfer.finish()).toSatisfy((ends: Ends) => arrivedWhole(ends, bulk));
    // A client's packets are forwarded by the gateway, a server's are the node's own.
    expect(await verdict(lab, 'gateway1', 'egress', 'too-big-answered')).toBeGreaterThan(0);
    expect(await verdict(lab, 'node1', 'egress', 'too-big-answered')).toBeGreaterThan(0);
  });
});
