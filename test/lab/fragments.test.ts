// Datagrams longer than any packet: the stacks cut them into fragments, and the tunnel carries each of these both ways.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { clearText, describeFrame } from '../support/lab-capture.ts';
import type { Family } from '../support/lab-network.ts';
import { forgetPaths } from '../support/lab-paths.ts';
import { applyAll, applyBoth, combinations, dropsOfBoth, echo, inFamily, tunnel100 } from '../support/lab-topology.ts';
import { startFlow } from '../support/lab-traffic.ts';
import { bearable, patience } from '../support/patience.ts';

const all = (count: number) => {
  const way = { sent: count, received: count, lost: 0, duplicate: 0 };
  return { requests: way, replies: way, errors: 0 };
};

const count = bearable(200);

async function exchange(lab: Lab, inner: Family, datagrams: number) {
  const { proxy, endpoint } = inFamily(echo, inner);
  const to = { to: proxy, at: 'node1', endpoint } as const;
  const load = { perSecond: bearable(1000), count: datagrams, bytes: 4000, seconds: 3 * patience };
  return await (await startFlow(lab, { ...to, ...load })).finished();
}

describe.skipIf(whyNoLab()).each([1500, 1600] as const)('fragments over an underlay of MTU %i', (underlayMtu) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  // Over IPv6 the client's street, of 1500, is narrower than what the server is told by the tunnel of 1600: it hears of that street
  // by a packet-too-big that quotes a first fragment, and only then do all arrive.
  const what = 'of datagrams of 4,000 bytes all arrive, and their echoes too, with nothing in the clear';
  test.each(combinations)(`${what}: $inner in $outer`, async ({ inner, outer }) => {
    await applyBoth(lab, [inFamily(echo, inner)], outer);
    await forgetPaths(lab);
    // Stacks cut at their interface's MTU until they are told what fits.
    await exchange(lab, inner, 3);
    const refused = async () => await dropsOfBoth(lab);
    const before = await refused();
    const capture = await lab.capture('wire', 'underlay');
    expect(await exchange(lab, inner, count)).toMatchObject(all(count));
    const { frames, missed } = await capture.stop();
    expect(frames.filter(({ kind }) => kind === 'gue-data').length).toBe(count * 2 * 3);
    expect(clearText(frames).map(describeFrame)).toEqual([]);
    expect(missed).toBe(0);
    expect(await refused()).toEqual(before);
  });
});

describe.skipIf(whyNoLab())('fragments in mode dso', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ underlayMtu: 1500 });
    await lab.openDirectLink();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(['IPv4', 'IPv6'] as const)('%s: the echoes go straight to the client', async (inner) => {
    const services = [{ ...inFamily(echo, inner), mode: 'dso' as const }];
    await applyAll(lab, {
      node1: { tunnels: [tunnel100.node], services, interfaces: ['eth0', 'eth1'] },
      gateway1: { tunnels: [tunnel100.gateway], services },
    });
    await exchange(lab, inner, 3);
    expect(await exchange(lab, inner, 50)).toMatchObject(all(50));
  });
});
