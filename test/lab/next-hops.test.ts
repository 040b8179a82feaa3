// `fib` and `fwd`: programs that find the next hop themselves, whether its MAC address is known or not. Each case takes away what
// the packet would otherwise have leant on.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { addressesOf, families, type HostName } from '../support/lab-network.ts';
import { apply, drops, inFamily, type Parts, tunnel100Over, verdict, web } from '../support/lab-topology.ts';
import { bulkBothWays, cameWhole, fetchPage } from '../support/lab-traffic.ts';
import { bearable } from '../support/patience.ts';

const bulk = bearable(3_000_000);

describe.skipIf(whyNoLab()).each(families)('next hops over %s', (outer) => {
  const services = families.map((inner) => inFamily(web, inner));
  const { gateway, node } = tunnel100Over(outer);
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await apply(lab, 'node1', { tunnels: [node], services });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const applyGateway = async (parts: Partial<Parts>): Promise<void> => {
    await apply(lab, 'gateway1', { tunnels: [gateway], services, ...parts });
  };
  const forgetNeighbours = async (...hosts: readonly HostName[]): Promise<void> => {
    for (const host of hosts) await lab.ip(host, ['neigh', 'flush', 'all']);
  };
  const expectPages = async (): Promise<void> => {
    for (const { proxy } of services) expect(await fetchPage(lab, `http://${proxy}/`)).toMatchObject({ status: 200 });
  };

  test('fib at egress: the far end is found, with its MAC address known and unknown', async () => {
    await applyGateway({ flags: { egress: ['fib'] } });
    await expectPages();
    await forgetNeighbours('gateway1', 'node1');
    await expectPages();
    expect(await verdict(lab, 'gateway1', 'egress', 'fib-failed')).toBe(0);
  });

  test('fwd at egress: a packet whose route leads out of another interface is sent to where the tunnel goes', async () => {
    // Routed back into the street, to a router that is not there for it; the program is on both interfaces.
    await lab.ip('gateway1', ['route', 'replace', '5.5.5.0/24', 'via', '10.0.0.5']);
    await lab.ip('gateway1', ['-6', 'route', 'del', '2001:db8:5::/64']);
    await lab.ip('gateway1', ['-6', 'route', 'add', '2001:db8:5::/64', 'via', '2001:db8:10::5']);
    const eth1 = { name: 'eth1', flags: { egress: ['fwd'] } } as const;
    await applyGateway({ interfaces: ['eth0', eth1] });
    await expectPages();
    await forgetNeighbours('gateway1');
    await expectPages();
    const { proxy } = services[0] ?? web;
    expect(await bulkBothWays(lab, `http://${proxy}`, bulk)).toEqual(cameWhole(bulk));
    await lab.ip('gateway1', ['route', 'replace', '5.5.5.0/24', 'via', '172.1.0.1']);
    await lab.ip('gateway1', ['-6', 'route', 'replace', '2001:db8:5::/64', 'via', '2001:db8:172::1']);
  });

  test('fwd at ingress: replies go to the client although the stack would forward nothing from the proxy', async () => {
    const forbid = async (action: '-I' | '-D'): Promise<void> => {
      await lab.exec('gateway1', ['iptables', '-w', action, 'FORWARD', '-s', '5.5.5.0/24', '-j', 'DROP']);
      await lab.exec('gateway1', ['ip6tables', '-w', action, 'FORWARD', '-s', '2001:db8:5::/64', '-j', 'DROP']);
    };
    await applyGateway({});
    await forbid('-I');
    const { proxy } = services[0] ?? web;
    expect(await fetchPage(lab, `http://${proxy}/`, { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    await applyGateway({ flags: { ingress: ['fwd'], egress: ['fib'] } });
    await expectPages();
    await forgetNeighbours('gateway1');
    await expectPages();
    expect(await bulkBothWays(lab, `http://${proxy}`, bulk)).toEqual(cameWhole(bulk));
    await forbid('-D');
  });

  test('fib at egress without a way drops, counts, and sends nothing', async () => {
    await applyGateway({ flags: { egress: ['fib'] } });
    const far = addressesOf[outer].node1;
    await lab.ip('gateway1', ['route', 'add', 'unreachable', far]);
    const before = (await drops(lab, 'gateway1'))['egress fib-failed'] ?? 0;
    // The server may still repeat the end of an earlier connection, which says nothing about the gateway.
    const capture = await lab.capture('wire', 'u-gateway1', `(tcp or udp) and not src host ${far}`);
    const { proxy } = services[0] ?? web;
    expect(await fetchPage(lab, `http://${proxy}/`, { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    expect((await capture.stop()).frames).toEqual([]);
    expect((await drops(lab, 'gateway1'))['egress fib-failed']).toBeGreaterThan(before);
    await lab.ip('gateway1', ['route', 'del', 'unreachable', far]);
  });
});
