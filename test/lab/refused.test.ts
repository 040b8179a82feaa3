// Everything that must not come through: dropped, counted under its own name, and never in the clear on the wire.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import {
  apply,
  applyAll,
  applyBoth,
  hidden,
  ping,
  second,
  tunnel100,
  tunnel101,
  verdict,
  web,
} from '../support/lab-topology.ts';
import { fetchPage } from '../support/lab-traffic.ts';
import { soon } from '../support/patience.ts';

describe.skipIf(whyNoLab())('refused', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const differences = [
    {
      what: 'a packet with the wrong key',
      atGateway: { ...web, key: 'not-the-key' },
      atNode: web,
      counted: 'bad-key',
    },
    {
      what: 'a packet of a service that the node does not know',
      atGateway: { ...web, id: 77 },
      atNode: web,
      counted: 'unknown-service',
    },
    {
      what: "a packet for an endpoint that is not its key's",
      atGateway: { ...web, proxy: '5.5.5.5:3101' },
      atNode: web,
      counted: 'wrong-endpoint',
    },
  ] as const;

  test.each(named(differences))('%s is counted by the node', async (_, { atGateway, atNode, counted }) => {
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services: [atNode] },
      gateway1: { tunnels: [tunnel100.gateway], services: [atGateway] },
    });
    const before = await verdict(lab, 'node1', 'ingress', counted);
    const capture = await lab.capture('wire', 'underlay');
    const page = await fetchPage(lab, `http://${atGateway.proxy}/`, { timeoutMs: 700 });
    const { frames, missed } = await capture.stop();
    expect(page).toMatchObject({ error: 'TIMEOUT' });
    expect(await verdict(lab, 'node1', 'ingress', counted)).toBeGreaterThan(before);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
  });

  test('a key changed on one side only stops its service and no other', async () => {
    await applyBoth(lab, [web, second]);
    const before = await verdict(lab, 'node1', 'ingress', 'bad-key');
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services: [{ ...web, key: 'rotated' }, second] });
    expect(await fetchPage(lab, 'http://5.5.5.5:3100/', { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    expect(await fetchPage(lab, 'http://5.5.5.5:3101/')).toMatchObject({ status: 200 });
    expect(await verdict(lab, 'node1', 'ingress', 'bad-key')).toBeGreaterThan(before);
  });

  test.each(
    named([
      { what: 'whose key may not use the tunnel', remoteId: 102, key: hidden.key, counted: 'wrong-tunnel' },
      { what: 'with the wrong key', remoteId: 101, key: 'not-the-key', counted: 'bad-key' },
    ]),
  )('a ping %s is counted by the gateway and teaches nothing', async (_, { remoteId, key, counted }) => {
    const other = { ...tunnel101.gateway, id: 102 };
    await apply(lab, 'gateway1', { tunnels: [tunnel101.gateway, other], services: [hidden] });
    await apply(lab, 'node2', {
      tunnels: [{ ...tunnel101.node, remoteId }],
      services: [{ ...hidden, key, tunnel: 1 }],
    });
    const before = await verdict(lab, 'gateway1', 'ingress', counted);
    const unresolved = await verdict(lab, 'gateway1', 'egress', 'no-remote');
    // What is left of connections to services that the gateway had before is nobody's any more.
    const capture = await lab.capture('wire', 'underlay', 'not host 5.5.5.5');
    await ping(lab, 'node2');
    await expect.poll(() => verdict(lab, 'gateway1', 'ingress', counted), soon).toBeGreaterThan(before);
    expect(await fetchPage(lab, `http://${hidden.proxy}/`, { timeoutMs: 700 })).toMatchObject({ error: 'TIMEOUT' });
    const { frames } = await capture.stop();
    expect(await verdict(lab, 'gateway1', 'egress', 'no-remote')).toBeGreaterThan(unresolved);
    expect(frames.some(({ kind }) => kind === 'gue-ping')).toBe(true);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
  });
});

/** Rows under their own words: vitest would quote and cut them. */
function named<Row extends { readonly what: string }>(rows: readonly Row[]): [string, Row][] {
  return rows.map((row) => [row.what, row]);
}
