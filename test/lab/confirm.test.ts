// A change that breaks the traffic, applied with --confirm-within; then everything that had to do with it is killed.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { killEverything, serveWeb } from '../support/lab-confirm.ts';

describe.skipIf(whyNoLab())('a change that nobody confirms', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await serveWeb(lab);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('is taken back although tool, shells and session leader are dead: the page comes again, from the same rows', async () => {
    const taken = await killEverything(lab);
    expect(taken).toMatchObject({ killed: 3, timerSurvived: true, confirmExit: 7 });
    expect(taken.during).not.toBe('200');
    expect(taken.rowsDuring).not.toBe(taken.rowsBefore);
    expect(taken.rowsAfter).toBe(taken.rowsBefore);
    // Not before its time; how long after depends on the machine.
    expect(taken.lateMs).toBeGreaterThan(-50);
  });
});
