// Changes while traffic runs: nothing is lost, nothing stalls, on both kinds of hook.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { hookKinds } from '../support/hook-kinds.ts';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { applyRounds, applyUnderStream, partsOfRound } from '../support/lab-changes.ts';
import { applyAll } from '../support/lab-topology.ts';
import { fetchPage, startFetch, unharmed } from '../support/lab-traffic.ts';
import { bearable, patience } from '../support/patience.ts';

describe.skipIf(whyNoLab()).each(hookKinds())('changes under traffic on %s', (hook) => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab({ hook });
    await applyAll(lab, {
      node1: partsOfRound('node1', 0),
      gateway1: partsOfRound('gateway1', 0),
    });
    expect(await fetchPage(lab, 'http://5.5.5.5:3100/')).toMatchObject({ status: 200 });
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('a download that runs through ten applies completes with the same content', async () => {
    const path = '/bytes/40000000';
    const direct = await fetchPage(lab, `http://1.1.1.1:4000${path}`, { from: 'node1', timeoutMs: 10_000 });
    const download = startFetch(lab, `http://5.5.5.5:3100${path}?seconds=4`, { timeoutMs: 30_000 });
    await download.running.says('first byte');
    const rounds = await applyRounds(lab, 10);
    const fetched = await download.done;
    expect(rounds.filter(({ code }) => code !== 0)).toEqual([]);
    expect(fetched).toMatchObject({ status: 200, bytes: 40_000_000 });
    expect(fetched.sha256).toBe(direct.sha256);
  });

  const perSecond = bearable(50_000);
  // On both kinds of hook together a hundred; `make evidence` has as many on each.
  const applies = bearable(50);
  const p10 = `P10 a stream of ${perSecond.toLocaleString('en')} packets a second loses 0 packets over ${applies} applies`;
  test(p10, { timeout: 300_000 * patience }, async () => {
    const { rounds, flow } = await applyUnderStream(lab, applies, perSecond);
    expect(rounds.filter(({ code }) => code !== 0)).toEqual([]);
    expect(flow).toMatchObject(unharmed);
    expect(flow.requests.sent).toBeGreaterThan(2 * perSecond);
  });
});
