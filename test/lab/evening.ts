// `make evening`: a network operator's evening on a live gateway, command by command, with its real output.
import { raiseLab } from '../support/lab.ts';
import { spendEvening } from '../support/lab-evening.ts';
import { tellStory } from '../support/lab-story.ts';

async function main(): Promise<number> {
  process.stdout.write('Raising the lab: six hosts, two network segments, a NAT, two web servers.\n');
  const lab = await raiseLab();
  const interrupted = new Promise<number>((resolve) => {
    process.once('SIGINT', () => resolve(130));
    process.once('SIGTERM', () => resolve(143));
  });
  const colour = process.stdout.isTTY && !process.env.NO_COLOR;
  const story = tellStory(lab, (text) => process.stdout.write(text), colour);
  try {
    return await Promise.race([spendEvening(lab, story).then(() => 0), interrupted]);
  } finally {
    process.stdout.write('\nCleaning up: namespaces, mounts and processes of the lab.\n');
    await lab.destroy();
  }
}

main().then(
  (code) => process.exit(code),
  (error: unknown) => {
    process.stderr.write(`the evening went wrong: ${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
