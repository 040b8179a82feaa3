// The fuzz in small: packets by chance through the real programs and the model, which must agree (`make fuzz` does it at large and with
// another seed each time); and its judges, which must find what a deliberately broken object does.
import { dirname, join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { objectPath } from '../../src/paths.ts';
import { caseOf } from '../fuzz/judges.ts';
import { openPlace } from '../fuzz/place.ts';
import { loadPrograms, type Programs } from '../fuzz/programs.ts';
import { constantsOf, fuzz, judges, now, sceneFrom, scenes } from '../fuzz/run.ts';
import { whyNoKernel } from '../support/netns.ts';
import { bearable, patience } from '../support/patience.ts';

const impossible = whyNoKernel();
const seed = Number(process.env.SEED || 1);

describe.skipIf(impossible)('fuzzed packets', () => {
  const opened: Programs[] = [];
  const open = (path: string): Programs => {
    const programs = loadPrograms(path);
    opened.push(programs);
    return programs;
  };
  beforeAll(openPlace);
  afterAll(() => {
    for (const programs of opened) programs.close();
  });

  test('are answered by programs and model alike', { timeout: 300_000 * patience }, () => {
    const { failure, tally } = fuzz({ programs: open(objectPath()), seed, count: bearable(10_000) });
    expect(failure).toBeUndefined();
    expect(tally.judged).toEqual({
      'accepted without a right key': 0,
      'left in the clear': 0,
      'right checksums made wrong': 0,
    });
  });

  test('show the judges what a broken object does', { timeout: 120_000 * patience }, () => {
    const programs = open(join(dirname(objectPath()), 'broken.bpf.o'));
    const found = new Set<string>();
    for (const made of fc.sample(scenes, { numRuns: 60, seed })) {
      const { cast, rows, packets } = sceneFrom(made, now());
      programs.put(rows, 0n);
      for (const packet of packets) {
        const one = caseOf(cast, packet, programs.run(constantsOf(cast), packet));
        for (const [name, judge] of Object.entries(judges)) if (judge(one)) found.add(name);
      }
    }
    expect([...found].sort()).toEqual(['accepted without a right key', 'left in the clear']);
  });
});
