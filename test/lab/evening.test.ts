// The evening that docs/OPERATING.md tells goes as it is told there, exit codes, pages and all.
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type Lab, raiseLab, whyNoLab } from '../support/lab.ts';
import { spendEvening } from '../support/lab-evening.ts';
import { tellStory } from '../support/lab-story.ts';
import { patience } from '../support/patience.ts';

describe.skipIf(whyNoLab())('an evening', () => {
  let lab: Lab;
  beforeAll(async () => {
    lab = await raiseLab();
  });
  afterAll(async () => {
    await lab.destroy();
  });

  test(
    'goes as docs/OPERATING.md tells it',
    async () => {
      let told = '';
      await spendEvening(
        lab,
        tellStory(
          lab,
          (text) => {
            told += text;
          },
          false,
        ),
      );
      const [, quoted = ''] =
        /## An evening\n[\s\S]*?```\n([\s\S]*?)```/.exec(readFileSync('docs/OPERATING.md', 'utf8')) ?? [];
      expect(commandsOf(quoted)).toEqual(commandsOf(told.replaceAll(lab.instance('gateway1'), 'epic-1')));
    },
    120_000 * patience,
  );
});

/** Headings, commands and exit codes: times, ids and digests differ from evening to evening. */
function commandsOf(text: string): string[] {
  return text
    .split('\n')
    .filter((line) => /^(\d+\. |[a-z0-9]+# )|\(exit code/.test(line))
    .map((line) => line.trim());
}
