// Writes the manual and the completions. Usage: run.mjs scripts/packages/manual.ts DIRECTORY   (man1/, man5/ and completions/ in it)
import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { commands } from '../../src/cli/commands.ts';
import { completionScript } from '../../src/cli/guide/completion.ts';
import { manualPages } from '../../src/cli/guide/manual.ts';

const [directory = 'build/share'] = process.argv.slice(2);
const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
// https://reproducible-builds.org/specs/source-date-epoch
const epoch = process.env.SOURCE_DATE_EPOCH;
const date = (epoch === undefined ? new Date() : new Date(Number(epoch) * 1000)).toISOString().slice(0, 10);
const schema = JSON.parse(readFileSync('schemas/topology.schema.json', 'utf8'));

for (const place of ['man1', 'man5', 'completions']) {
  rmSync(join(directory, place), { recursive: true, force: true });
  mkdirSync(join(directory, place), { recursive: true });
}
for (const { file, text } of manualPages({ version, date, commands, schema }))
  writeFileSync(join(directory, `man${file.at(-1)}`, file), text);
for (const [shell, name] of [
  ['bash', 'trueingress.bash'],
  ['zsh', '_trueingress'],
  ['fish', 'trueingress.fish'],
] as const)
  writeFileSync(join(directory, 'completions', name), completionScript(shell, commands));
