// Whatever state a host is found in: `status` calls it by its name, the next apply ends well, and traffic flows.
import { unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { must } from '../support/lab-process.ts';
import { foundStates, live, livePins, look, mend, pinNames, prepareFound } from '../support/lab-repair.ts';
import { topologyText, tunnel100, web } from '../support/lab-topology.ts';

const whole = { code: 0, converged: true, states: [], status: 200 };

describe.skipIf(whyNoLab())('a host that is found', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
    await prepareFound(lab);
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test.each(foundStates.map((state) => [state.name, state] as const))('with %s', async (_, state) => {
    await state.make(lab);
    const { states, messages, converged } = await look(lab);
    if (state.finds === 'none') expect([states, converged]).toEqual([[], true]);
    else expect(states).toContain(state.finds);
    if (state.says) expect(messages).toContainEqual(expect.stringMatching(state.says));
    expect(await mend(lab, state)).toMatchObject(whole);
  });

  test('with any one pin gone: that one is named, and is there again after the next apply', async () => {
    const names = await pinNames(lab);
    expect(names.length).toBeGreaterThan(15);
    for (const name of names) {
      unlinkSync(livePins(lab, name));
      expect([name, (await look(lab)).messages]).toEqual([
        name,
        [expect.stringContaining(`pins are missing: ${name};`)],
      ]);
      const file = lab.write(
        'gateway1.yaml',
        topologyText(lab, 'gateway1', { tunnels: [tunnel100.gateway], services: [web] }),
      );
      expect([
        name,
        (await lab.trueingress('gateway1', ['apply', '-f', file, '--policy', 'upsert-only'])).code,
      ]).toEqual([name, 0]);
      expect([name, (await look(lab)).converged]).toEqual([name, true]);
    }
    expect(await mend(lab, {})).toMatchObject(whole);
    expect((await pinNames(lab)).length).toBe(names.length);
  }, 180_000);

  test('with something of others among our pins: refused and named, and well again when it is gone', async () => {
    const path = join(livePins(lab, await live(lab)), 'notes');
    await must(['bpftool', 'map', 'create', path, ...'type array key 4 value 4 entries 1 name notes'.split(' ')]);
    expect((await look(lab)).states).toEqual(['foreign-pin']);
    const refused = await mend(lab, {});
    expect([refused.code, refused.stderr]).toEqual([5, expect.stringContaining(`${path} is not ours`)]);
    unlinkSync(path);
    expect(await mend(lab, {})).toMatchObject(whole);
  });

  test('with an interface under another name than the file has: refused, and told what it is called now', async () => {
    const text = topologyText(lab, 'gateway1', {
      tunnels: [tunnel100.gateway],
      services: [web],
      interfaces: ['wan0'],
    });
    const { code, stderr } = await lab.trueingress('gateway1', ['plan', '-f', lab.write('renamed.yaml', text)]);
    expect([code, stderr]).toEqual([
      65,
      expect.stringContaining('runs on eth0, which the file does not name: was it renamed?'),
    ]);
  });
});
