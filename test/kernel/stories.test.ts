// Golden stories told by the programs themselves: to the letter what the packet model told (test/unit/stories), and nothing of it is
// left in the kernel.
import { readdirSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../support/netns.ts';
import { readStory, storyNames, tell } from '../support/stories.ts';
import { openDescriptors } from './datapath/fixtures.ts';

/** The programs have clocks of their own, which no test sets: a signed ping has another sequence each time. */
const ofTheMoment = new Set(['signed']);

describe.skipIf(whyNoKernel())('the story of', () => {
  let place: PrivatePlace;
  beforeAll(() => {
    place = openPrivatePlace();
  });
  afterAll(() => place?.close());

  test.each(storyNames.filter((name) => !ofTheMoment.has(name)))('%s', async (name) => {
    const before = openDescriptors();
    const { text } = await tell(name, {
      environment: {
        openDatapath: async () => openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory }),
        monotonicNs: () => process.hrtime.bigint(),
      },
    });
    expect(text).toBe(readStory(name, 'answer.txt'));
    // Nothing is pinned, so what no descriptor holds is gone.
    expect(openDescriptors()).toEqual(before);
    expect(readdirSync(place.bpffs)).not.toContain('trueingress');
  });
});
