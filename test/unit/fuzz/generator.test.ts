// The fuzz is no blind man: by its model alone, what it makes comes to every verdict that a test run can bring about, in both
// families, and choices make the same frames each time.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { verdicts } from '../../../src/tables/verdicts.ts';
import { modelOver } from '../../fuzz/model.ts';
import { constantsOf, now, sceneFrom, scenes } from '../../fuzz/run.ts';

/** What only a live kernel can bring about, or no frame that a test run takes. */
const beyond = ['room-failed'];

describe('fuzzed scenes', () => {
  test('come to every verdict', () => {
    const reached = new Map<string, number>();
    for (const made of fc.sample(scenes, { numRuns: 400, seed: 7 })) {
      const { cast, rows, packets } = sceneFrom(made, now());
      const model = modelOver(constantsOf(cast), rows);
      for (const packet of packets) {
        const { verdict } = model.run(packet);
        reached.set(verdict, (reached.get(verdict) ?? 0) + 1);
      }
    }
    console.log([...reached].sort(([, a], [, b]) => b - a));
    const missing = verdicts.map(({ name }) => name).filter((name) => !reached.has(name));
    expect(missing).toEqual(beyond);
  });

  test('are the same each time', () => {
    const [made] = fc.sample(scenes, { numRuns: 1, seed: 3 });
    if (!made) throw new Error('no scene');
    const moment = now();
    expect(sceneFrom(made, moment)).toEqual(sceneFrom(made, moment));
  });
});
