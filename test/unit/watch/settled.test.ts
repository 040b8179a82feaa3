// What is watched has come to rest: the last of it is always told, soon, and never in between where that can be helped.
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { watchSettled } from '../../../src/watch/settled.ts';
import { handClock } from './clock.ts';

function watched() {
  const clock = handClock();
  const seen: { atMs: number; content: string }[] = [];
  let content = 'first';
  let rescues = 0;
  const settled = watchSettled({
    clock,
    stamp: () => content,
    onSettled: () => seen.push({ atMs: clock.now(), content }),
    onRescue: () => rescues++,
  });
  return {
    clock,
    seen,
    settled,
    rescues: () => rescues,
    write: (next: string, isHinted = true) => {
      content = next;
      if (isHinted) settled.hint();
    },
  };
}

describe('what is watched', () => {
  test('is not told while nothing changes, however often somebody hints', async () => {
    const { clock, seen, settled } = watched();
    for (let i = 0; i < 50; i++) {
      settled.hint();
      await clock.pass(37);
    }
    expect(seen).toEqual([]);
  });

  test('is told once it has been at rest, not while a writer truncates and writes', async () => {
    const { clock, seen, write } = watched();
    write('');
    await clock.pass(60);
    write('half');
    await clock.pass(60);
    write('whole');
    await clock.pass(1000);
    expect(seen.map(({ content }) => content)).toEqual(['whole']);
    expect(seen[0]?.atMs).toBeLessThan(400);
  });

  test('is told although no hint ever comes, and that is counted', async () => {
    const { clock, seen, write, rescues } = watched();
    write('second', false);
    await clock.pass(1300);
    expect([seen.map(({ content }) => content), rescues()]).toEqual([['second'], 1]);
  });

  test('is told in the end by somebody who never stops writing, and once more at rest', async () => {
    const { clock, seen, write } = watched();
    for (let i = 0; i < 40; i++) {
      write(`burst ${i}`);
      await clock.pass(50);
    }
    expect(seen.length).toBeGreaterThanOrEqual(1);
    await clock.pass(1500);
    expect(seen.at(-1)?.content).toBe('burst 39');
  });

  test('P14: the last content is told within 1.5 s, whatever the pattern of writes and hints', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.record({ waitMs: fc.nat(400), isHinted: fc.boolean() }), { minLength: 1, maxLength: 30 }),
        async (writes) => {
          const { clock, seen, write } = watched();
          for (const [at, { waitMs, isHinted }] of writes.entries()) {
            await clock.pass(waitMs);
            write(`content ${at}`, isHinted);
          }
          const lastMs = clock.now();
          await clock.pass(1500);
          const told = seen.filter(({ content }) => content === `content ${writes.length - 1}`).at(-1);
          expect(told?.atMs ?? Number.POSITIVE_INFINITY).toBeLessThanOrEqual(lastMs + 1500);
        },
      ),
      { numRuns: 300 },
    );
  });

  test('is not told any more once it is closed', async () => {
    const { clock, seen, settled, write } = watched();
    settled.close();
    write('second', false);
    await clock.pass(5000);
    expect(seen).toEqual([]);
  });
});
