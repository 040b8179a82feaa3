// Golden stories (test/unit/stories): each directory holds a file, what is asked of it, and what `trace` or `why` answers.
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { TestHost, type TestHostOptions } from '../unit/cli/harness.ts';

export const storiesRoot = join(import.meta.dirname, '../unit/stories');

export const storyNames: readonly string[] = readdirSync(storiesRoot, { withFileTypes: true })
  .filter((entry) => entry.isDirectory())
  .map(({ name }) => name)
  .sort();

export interface Told {
  readonly host: TestHost;
  readonly topology: string;
  readonly text: string;
}

export function readStory(name: string, file: 'topology.yaml' | 'ask.txt' | 'answer.txt'): string {
  return readFileSync(join(storiesRoot, name, file), 'utf8');
}

/** The questions of one story, asked as the command line does. */
export async function tell(name: string, options: TestHostOptions = {}): Promise<Told> {
  const host = new TestHost(['eth0', 'eth1']);
  const topology = readStory(name, 'topology.yaml');
  host.files.set('topology.yaml', topology);
  const answers: string[] = [];
  for (const line of readStory(name, 'ask.txt').trimEnd().split('\n')) {
    const { code, stdout, stderr } = await host.run([...wordsOf(line), '-f', 'topology.yaml'], options);
    answers.push(`$ trueingress ${line} -f topology.yaml\n${stdout}${stderr}(exit ${code})\n`);
  }
  return { host, topology, text: answers.join('\n') };
}

/** Words, in quotes where there are blanks in them. */
function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, bare]) => quoted ?? bare ?? '');
}
