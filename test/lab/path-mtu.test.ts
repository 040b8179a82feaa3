// A link that is narrower than both ends know, with offloads off so that every packet counts: behind the gateway, where a router's
// error goes to the proxy's address and must find its way to the server; and in the underlay, where it goes to the tunnel's end.
//
//   behind the gateway:  node2 (client) ── 1300 ── gateway2 ── street ── gateway1 ══ node1
//   in the underlay:     gateway1 ── underlay ── router ── 1400 ── gateway2 ── 1500 ── node1
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addressesOf, endpointOf, type Family, families, inIpv6 } from '../support/lab-network.ts';
import { forgetPaths, routeTo, setOffload } from '../support/lab-paths.ts';
import {
  applyAll,
  applyBoth,
  bulk as bulkService,
  combinations,
  inFamily,
  verdict,
  web,
} from '../support/lab-topology.ts';
import { arrived, fetchPage, hashOfBytes } from '../support/lab-traffic.ts';
import { arrivedWhole, type Ends, startTransfer } from '../support/lab-transfer.ts';
import { bearable, soon } from '../support/patience.ts';

const bulk = bearable(2_000_000);
const both = (third: number, last: number) => [`172.1.${third}.${last}/24`, `2001:db8:17${third}::${last}/64`];
const farNet = { IPv4: '172.1.9.0/24', IPv6: '2001:db8:179::/64' } as const;
const farGate = { IPv4: '172.1.9.1', IPv6: '2001:db8:179::1' } as const;
const farNode = { IPv4: '172.1.9.3', IPv6: '2001:db8:179::3' } as const;
const serviceNet = { IPv4: '5.5.5.0/24', IPv6: '2001:db8:5::/64' } as const;

const inFamilyOf = (family: Family, address: string): string => (family === 'IPv4' ? address : inIpv6(address));

describe.skipIf(whyNoLab())('a narrow link behind the gateway', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu: 1600 });
    await setOffload(lab, 'without segmentation offload');
    // The client's own end is wide: it offers segments that the link does not take.
    await lab.connect(
      { host: 'gateway2', device: 'narrow', mtu: 1300, cidrs: both(9, 1) },
      { host: 'node2', device: 'eth9', mtu: 1500, cidrs: both(9, 3) },
    );
    for (const family of ['IPv4', 'IPv6'] as const) {
      const street = (last: number) => inFamilyOf(family, `10.0.0.${last}`);
      await lab.ip('gateway1', ['route', 'add', farNet[family], 'via', street(5)]);
      await lab.ip('gateway2', ['route', 'replace', serviceNet[family], 'via', street(4)]);
      await lab.ip('node2', ['route', 'add', serviceNet[family], 'via', farGate[family]]);
    }
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(families)('teaches the server what fits, tunnel over %s', async (outer) => {
    const services = families.map((inner) => inFamily(web, inner));
    await applyBoth(lab, services, outer);
    await forgetPaths(lab);
    for (const inner of families) {
      const options = { from: 'node2', timeoutMs: 15_000, address: farNode[inner] } as const;
      const page = await fetchPage(lab, `http://${inFamily(web, inner).proxy}/bytes/${bulk}`, options);
      expect(page).toMatchObject({ bytes: bulk, sha256: hashOfBytes(bulk) });
      expect(await routeTo(lab, 'node1', farNode[inner])).toContain('mtu 1300');
    }
  });
});

describe.skipIf(whyNoLab())('a narrow link in the underlay', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu: 1500 });
    await setOffload(lab, 'without segmentation offload');
    await lab.connect(
      { host: 'router', device: 'narrow', mtu: 1400, cidrs: both(8, 1) },
      { host: 'gateway2', device: 'narrow', mtu: 1400, cidrs: both(8, 5) },
    );
    await lab.connect(
      { host: 'gateway2', device: 'far', cidrs: both(9, 1) },
      { host: 'node1', device: 'far', cidrs: both(9, 3) },
    );
    for (const family of ['IPv4', 'IPv6'] as const) {
      const via = (third: number, last: number) =>
        (both(third, last)[family === 'IPv4' ? 0 : 1] ?? '').split('/')[0] ?? '';
      const { gateway1, router } = addressesOf[family];
      await lab.ip('gateway1', ['route', 'add', farNet[family], 'via', router]);
      await lab.ip('router', ['route', 'add', farNet[family], 'via', via(8, 5)]);
      await lab.ip('gateway2', ['address', 'flush', 'dev', 'eth0']);
      await lab.ip('gateway2', ['route', 'add', gateway1, 'via', via(8, 1)]);
      await lab.ip('node1', ['route', 'add', gateway1, 'via', farGate[family]]);
      await lab.ip('node1', ['route', 'add', addressesOf[family].client, 'via', farGate[family]]);
    }
  });
  afterAll(async () => {
    await lab.destroy();
  });

  /** What node1 has learned of an address goes with its route. */
  const forgetWays = async (): Promise<void> => {
    for (const family of ['IPv4', 'IPv6'] as const)
      for (const far of [addressesOf[family].client, addressesOf[family].gateway1]) {
        await lab.ip('node1', ['route', 'del', far]);
        await lab.ip('node1', ['route', 'add', far, 'via', farGate[family]]);
      }
  };

  // Whoever is told first narrows the segments of all later connections both ways: each case has a path of its own, at an
  // address of its own of node1.
  const cases = combinations.flatMap((combination, index) => [
    { ...combination, way: 'download', told: 'node1', last: 30 + index } as const,
    { ...combination, way: 'upload', told: 'gateway1', last: 40 + index } as const,
  ]);
  test.each(cases)('$told is told in the middle of an $way and narrows the tunnel, $inner in $outer', async (one) => {
    const { inner, outer, way, told, last } = one;
    const [cidr4 = '', cidr6 = ''] = both(9, last);
    const cidr = outer === 'IPv4' ? cidr4 : cidr6;
    await lab.ip('node1', ['address', 'add', cidr, 'dev', 'far', ...(outer === 'IPv6' ? ['nodad'] : [])]);
    const near = endpointOf(addressesOf[outer].gateway1, 6080);
    const far = endpointOf(cidr.split('/')[0] ?? '', 6080);
    const services = [inFamily(web, inner)];
    // A tunnel takes what the route carries when it is applied, and some kernels have learned that from the case before.
    await forgetPaths(lab);
    await forgetWays();
    await applyAll(lab, {
      node1: { tunnels: [{ id: 100, local: far, remote: near }], services, interfaces: ['far'] },
      gateway1: { tunnels: [{ id: 100, local: near, remote: far }], services },
    });
    await forgetPaths(lab);
    const before = await verdict(lab, told, 'ingress', 'path-mtu-lowered');
    const url = `http://${inFamily(web, inner).proxy}`;
    const options = { timeoutMs: 15_000 };
    const moved =
      way === 'download'
        ? await fetchPage(lab, `${url}/bytes/${bulk}`, options)
        : arrived(await fetchPage(lab, url, { ...options, upload: { bytes: bulk } }));
    expect(moved).toMatchObject({ bytes: bulk, sha256: hashOfBytes(bulk) });
    expect(await verdict(lab, told, 'ingress', 'path-mtu-lowered')).toBeGreaterThan(before);
  });

  // One forged error would do the same: whoever knows both ends of a tunnel can write one.
  test('a router that names 68 bytes once does not end a connection', async () => {
    const [cidr = ''] = both(9, 60);
    await lab.ip('node1', ['address', 'add', cidr, 'dev', 'far']);
    const near = endpointOf(addressesOf.IPv4.gateway1, 6080);
    const far = endpointOf(cidr.split('/')[0] ?? '', 6080);
    await applyAll(lab, {
      node1: { tunnels: [{ id: 100, local: far, remote: near }], services: [bulkService], interfaces: ['far'] },
      gateway1: { tunnels: [{ id: 100, local: near, remote: far }], services: [bulkService] },
    });
    const route = ['route', 'replace', farNet.IPv4, 'via', '172.1.8.5'];
    const lowered = async () => await verdict(lab, 'gateway1', 'ingress', 'path-mtu-lowered');
    const before = await lowered();
    const transfer = await startTransfer(lab, { bytes: bulk, seconds: 30, bytesPerSecond: bulk });
    await transfer.sentMore(1);
    await lab.ip('router', [...route, 'mtu', 'lock', '68']);
    await expect.poll(lowered, soon).toBeGreaterThan(before);
    await lab.ip('router', route);
    await transfer.sentMore(bulk / 2);
    expect(await transfer.finish()).toSatisfy((ends: Ends) => arrivedWhole(ends, bulk));
  });
});
