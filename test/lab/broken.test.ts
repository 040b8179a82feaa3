// One deliberately broken BPF object: probes must refuse it, and the lab's checks must turn red when they did not look.
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { breakGateway, breakNode } from '../support/lab-broken.ts';

describe.skipIf(whyNoLab())('the broken object', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test('on a node: the probes refuse it with exit code 3; unprobed, it lets in what has the wrong key', async () => {
    const { refused, forced, letIn, badKey } = await breakNode(lab);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr + refused.stdout).toContain('probe-failed');
    expect(forced).toMatchObject({ code: 0 });
    expect(letIn).toBeGreaterThan(0);
    expect(badKey).toBe(0);
  });

  test('on a gateway: the probes refuse it with exit code 3; unprobed, the wire carries clear text', async () => {
    const { refused, forced, clearText } = await breakGateway(lab);
    expect(refused).toMatchObject({ code: 3 });
    expect(refused.stderr + refused.stdout).toContain('probe-failed');
    expect(forced).toMatchObject({ code: 0 });
    expect(clearText).toBeGreaterThan(0);
  });
});
