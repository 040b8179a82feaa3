// Golden stories over the packet model: what `trace` and `why` tell of a file that nobody runs (test/kernel/stories.test.ts asks the
// programs). UPDATE_STORIES=1 rewrites answer.txt; read the difference before you commit it.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { readStory, storiesRoot, storyNames, tell } from '../../support/stories.ts';

describe('the story of', () => {
  test('at least fifteen packets is written down', () => {
    expect(storyNames.length).toBeGreaterThanOrEqual(15);
  });

  test.each(storyNames)('%s', async (name) => {
    const { host, topology, text } = await tell(name);
    if (process.env.UPDATE_STORIES === '1') writeFileSync(join(storiesRoot, name, 'answer.txt'), text);
    expect(text).toBe(readStory(name, 'answer.txt'));

    for (const [, key = ''] of topology.matchAll(/[kK]ey: ([^\s,}]+)/g)) {
      expect(text).not.toContain(key);
      expect(text).not.toContain(Buffer.from(key).toString('hex'));
    }
    expect(host.world.pins.size + host.world.attachments.length).toBe(0);
  });
});
