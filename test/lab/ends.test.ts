// `rotate`: the steps that it orders are applied on two hosts while datagrams flow, and none is lost.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { changes, rotateByPlan } from '../support/lab-ends.ts';
import { drops } from '../support/lab-topology.ts';
import { unharmed } from '../support/lab-traffic.ts';

describe.skipIf(whyNoLab())('steps for two hosts', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(changes)('change $name and lose no datagram', async (change) => {
    const before = [await drops(lab, 'gateway1').catch(() => ({})), await drops(lab, change.node).catch(() => ({}))];
    const { steps, exits, flow } = await rotateByPlan(lab, change);
    expect(steps).toBeGreaterThan(3);
    expect(exits).toEqual(Array.from({ length: steps }, () => 0));
    expect(flow).toMatchObject(unharmed);
    expect([await drops(lab, 'gateway1'), await drops(lab, change.node)]).toEqual(before);
  });
});
