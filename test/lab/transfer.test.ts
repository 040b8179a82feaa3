// A transfer that lives through applies and program upgrades. `make transfer` is the same with 10 GB.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { arrivedWhole, transferUnderChanges } from '../support/lab-transfer.ts';
import { bearable } from '../support/patience.ts';

describe.skipIf(whyNoLab())('a transfer under changes', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('both ways at once, over five applies and a program upgrade, every byte comes as it was sent and nothing is dropped', async () => {
    const bytes = bearable(200_000_000);
    const load = { bytes, bytesPerSecond: bytes / 4, seconds: 50 };
    const transfer = await transferUnderChanges(lab, { ...load, applies: 5, upgrades: 1 });
    expect(transfer.applies.map(({ code }) => code)).toEqual([0, 0, 0, 0, 0]);
    expect(transfer.upgrades).toMatchObject([{ code: 0, live: true }]);
    expect([transfer.client, transfer.server]).toSatisfy(() => arrivedWhole(transfer, bytes));
    expect(transfer.drops).toEqual({ gateway1: {}, node1: {} });
  });
});
