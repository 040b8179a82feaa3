// Datagrams longer than any packet: the stacks cut them into fragments, and the tunnel carries each of these both ways.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import { apply, applyBoth, echo, tunnel100, verdict } from '../support/lab-topology.ts';
import { startFlow } from '../support/lab-traffic.ts';
import { bearable, patience } from '../support/patience.ts';

const all = (count: number) => {
  const way = { sent: count, received: count, lost: 0, duplicate: 0 };
  return { requests: way, replies: way, errors: 0 };
};

describe.each([1500, 1600])('fragments over an underlay of MTU %i', (underlayMtu) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  const exchange = async (count: number) => {
    const to = { to: '5.5.5.5:3100', at: 'node1', endpoint: '1.1.1.1:4000' } as const;
    const flow = await startFlow(lab, { ...to, perSecond: bearable(500), count, bytes: 4000, seconds: 3 * patience });
    return await flow.finished();
  };

  const refused = async (): Promise<number[]> => {
    const counts: number[] = [];
    for (const host of ['gateway1', 'node1'] as const)
      for (const direction of ['ingress', 'egress'] as const)
        counts.push(await verdict(lab, host, direction, 'fragment'));
    return counts;
  };

  test('of datagrams of 4,000 bytes all arrive, and their echoes too, with nothing in the clear', async () => {
    await applyBoth(lab, [echo]);
    // Stacks cut at their interface's MTU until they are told what fits.
    await exchange(5);
    const before = await refused();
    const capture = await lab.capture('wire', 'underlay');
    expect(await exchange(200)).toMatchObject(all(200));
    const { frames, missed } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data').length).toBe(200 * 2 * 3);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
    expect(await refused()).toEqual(before);
  });

  test('in mode dso the echoes go straight to the client', async () => {
    await lab.openDirectLink();
    const services = [{ ...echo, mode: 'dso' as const }];
    await apply(lab, 'node1', { tunnels: [tunnel100.node], services, interfaces: ['eth0', 'eth1'] });
    await apply(lab, 'gateway1', { tunnels: [tunnel100.gateway], services });
    expect(await exchange(50)).toMatchObject(all(50));
  });
});
