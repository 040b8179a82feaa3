// A story told in the lab: each line after a prompt is a command that runs, and what follows is its real output.
import type { Lab } from './lab.ts';
import type { HostName } from './lab-network.ts';
import { addresses } from './lab-network.ts';
import { type Finished, run } from './lab-process.ts';

export interface Story {
  /** A numbered heading. */
  say(text: string): void;
  prompt(host: HostName, line: string): void;
  show(text: string): void;
  /** Runs `trueingress …` on a host. `'…'` is one word; names that end like files are the lab's. */
  command(host: HostName, line: string): Promise<Finished>;
  /** The same, and wants this exit code. */
  must(host: HostName, line: string, code?: number): Promise<Finished>;
  /** A page as the client sees it; false: no answer. */
  fetch(url: string, seconds?: number): Promise<boolean>;
}

/** @param print where the story goes, piece by piece */
export function tellStory(lab: Lab, print: (text: string) => void, colour: boolean): Story {
  const paint = (code: string, text: string): string => (colour ? `\u001b[${code}m${text}\u001b[0m` : text);
  let step = 0;
  const prompt = (host: HostName, line: string): void => print(`${paint('1;32', `${host}#`)} ${line}\n`);
  const show = (text: string): void => print(text.replace(/^(?=.)/gm, '  '));
  const command = async (host: HostName, line: string): Promise<Finished> => {
    prompt(host, `trueingress ${line}`);
    const words = wordsOf(line).map((word) =>
      /^[\w-]+\.(?:yaml|json)$/.test(word) ? `${lab.directory}/${word}` : word,
    );
    const finished = await lab.trueingress(host, [...words, '--color', colour ? 'always' : 'never']);
    show((finished.stdout + finished.stderr).replaceAll(`${lab.directory}/`, ''));
    return finished;
  };
  return {
    say(text) {
      step++;
      print(`\n${paint('1;36', `${step}. ${text}`)}\n`);
    },
    prompt,
    show,
    command,
    async must(host, line, wanted = 0) {
      const finished = await command(host, line);
      if (finished.code !== wanted)
        throw new Error(`\`trueingress ${line}\` ended with exit code ${finished.code}, not ${wanted}`);
      if (wanted !== 0) show(`(exit code ${wanted})\n`);
      return finished;
    },
    async fetch(url, seconds = 5) {
      prompt('client', `fetch ${url}`);
      const fetcher = [process.execPath, 'test/support/tools/fetch.mjs', url, String(seconds * 1000), addresses.client];
      const finished = await run([...lab.enter('client'), ...fetcher]);
      const result: { status?: number; error?: string; body?: string } = JSON.parse(finished.stdout);
      show(result.error === undefined ? `HTTP ${result.status}\n${result.body}` : `no answer: ${result.error}\n`);
      return result.error === undefined;
    },
  };
}

function wordsOf(line: string): string[] {
  return [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? '');
}
