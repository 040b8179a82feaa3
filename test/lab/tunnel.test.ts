// One gateway, one node, remotes known to both: what every user has first. On both kinds of hook.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hookKinds } from '../support/hook-kinds.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame, type Frame, innerPacket } from '../support/lab-capture.ts';
import { applyBoth, echo, second, topologyText, tunnel100, verdict, web } from '../support/lab-topology.ts';
import { fetchPage, startFlow } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab()).each(hookKinds())('a static tunnel on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ hook });
    await applyBoth(lab, [web, second, echo]);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('carries a page from the node to the client, with nothing in the clear on the underlay', async () => {
    const capture = await lab.capture('wire', 'underlay');
    const page = await fetchPage(lab, 'http://5.5.5.5:3100/');
    const { frames, missed } = await capture.stop();
    expect(page).toMatchObject({ status: 200 });
    expect(page.body).toContain('Hello from node1');
    expect(page.body).toContain('served at 1.1.1.1:4000 to 10.0.0.2');
    expect(frames.filter(({ kind }) => kind === 'gue-data').length).toBeGreaterThan(5);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
  });

  test('sends the first packet to a node whose MAC address is unknown to that node and to nobody else', async () => {
    const [link]: { address: string }[] = JSON.parse(await lab.exec('node1', ['ip', '-j', 'link', 'show', 'eth0']));
    await lab.exec('gateway1', ['ip', 'neighbour', 'flush', 'dev', 'eth0']);
    const wire = await lab.capture('wire', 'underlay', 'src host 172.1.0.4 and udp port 6080');
    const street = await lab.capture('wire', 's-client', 'src host 10.0.0.2 and tcp[tcpflags] & tcp-syn != 0');
    expect(await fetchPage(lab, 'http://5.5.5.5:3100/')).toMatchObject({ status: 200 });
    const tunnelled = (await wire.stop()).frames;
    const macOf = ({ bytes }: Frame): string =>
      bytes
        .subarray(0, 6)
        .toString('hex')
        .replace(/..(?=.)/g, '$&:');
    expect(new Set(tunnelled.map(macOf))).toEqual(new Set([link?.address]));
    // Each SYN of the client's, the first one among them, left in the tunnel.
    const syns = tunnelled.map(innerPacket).filter((inner) => ((inner[20 + 13] ?? 0) & 2) !== 0);
    expect(syns).toHaveLength((await street.stop()).frames.length);
    expect(syns.length).toBeGreaterThan(0);
  });

  test('carries two services to their own endpoints', async () => {
    const [first, other] = await Promise.all([
      fetchPage(lab, 'http://5.5.5.5:3100/'),
      fetchPage(lab, 'http://5.5.5.5:3101/'),
    ]);
    expect(first.body).toContain('served at 1.1.1.1:4000');
    expect(other.body).toContain('served at 1.1.1.1:4001');
  });

  test('carries UDP and its replies', async () => {
    const flow = await startFlow(lab, {
      to: '5.5.5.5:3100',
      at: 'node1',
      endpoint: '1.1.1.1:4000',
      perSecond: 1000,
      count: 500,
      seconds: 20,
    });
    expect(await flow.finished()).toMatchObject({ requests: { sent: 500, received: 500 }, replies: { received: 500 } });
  });

  test.each(['on', 'off'])('carries a download of 20 MB whole with segmentation offload %s', async (offload) => {
    for (const [host, device] of [
      ['client', 'eth0'],
      ['gateway1', 'eth0'],
      ['gateway1', 'eth1'],
      ['node1', 'eth0'],
    ] as const) {
      await lab.exec(host, ['ethtool', '-K', device, 'tso', offload, 'gso', offload]);
    }
    const bytes = 20_000_000;
    const direct = await fetchPage(lab, `http://1.1.1.1:4000/bytes/${bytes}`, { from: 'node1', timeoutMs: 10_000 });
    const tunnelled = await fetchPage(lab, `http://5.5.5.5:3100/bytes/${bytes}`, { timeoutMs: 20_000 });
    expect(tunnelled).toMatchObject({ status: 200, bytes });
    expect(tunnelled.sha256).toBe(direct.sha256);
  });

  test('asks for a neighbour that is missing instead of dropping for ever', async () => {
    await lab.exec('gateway1', ['ip', 'neigh', 'flush', 'all']);
    await lab.exec('node1', ['ip', 'neigh', 'flush', 'all']);
    expect(await fetchPage(lab, 'http://5.5.5.5:3100/')).toMatchObject({ status: 200 });
  });

  test('counts what it carried under its verdicts', async () => {
    for (const host of ['gateway1', 'node1'] as const) {
      expect(await verdict(lab, host, 'egress', 'encapsulated')).toBeGreaterThan(500);
      expect(await verdict(lab, host, 'ingress', 'decapsulated')).toBeGreaterThan(500);
    }
  });

  test('a second apply of the same file changes nothing and says so', async () => {
    const file = lab.write(
      'again.yaml',
      topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web, second, echo] }),
    );
    const again = await lab.trueingress('gateway1', ['apply', '-f', file, '--detailed-exitcode']);
    expect(again).toMatchObject({ code: 0 });
    expect(again.stdout).toContain('No changes.');
  });
});
