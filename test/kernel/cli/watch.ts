// `trueingress watch` as a process of its own in a test's private place, and what it tells, event by event.
import { type ChildProcess, spawn } from 'node:child_process';
import { patience } from '../../support/patience.ts';
import { bundle, type CommandLine } from './command.ts';

export interface Told {
  readonly event: string;
  readonly level: string;
  readonly msg: string;
  readonly problems: readonly { readonly code: string }[];
}

export class Watching {
  readonly told: Told[] = [];
  /** What stderr had that is no event. */
  other = '';
  readonly ended: Promise<number | null>;
  readonly #child: ChildProcess;

  /** @param more options after those of the private place */
  constructor(cli: CommandLine, words: readonly string[], more: readonly string[] = []) {
    // It dies with the test.
    this.#child = spawn(
      'setpriv',
      [
        '--pdeathsig',
        'KILL',
        process.execPath,
        bundle,
        'watch',
        ...words,
        '--log-format',
        'json',
        '--log-level',
        'debug',
        ...cli.place,
        ...more,
      ],
      { stdio: ['ignore', 'ignore', 'pipe'] },
    );
    let rest = '';
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) {
        if (line.startsWith('{')) this.told.push(JSON.parse(line));
        else this.other += `${line}\n`;
      }
    });
    this.ended = new Promise((resolve) => this.#child.once('close', (code) => resolve(code)));
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  count(...events: readonly string[]): number {
    return this.told.filter(({ event }) => events.includes(event)).length;
  }

  /** Until it has told of one of these more often than `before` times. */
  async tells(events: readonly string[], before = 0): Promise<void> {
    await until(`${events.join(' or ')} was told`, () => this.count(...events) > before);
  }

  /** For a failure's message. */
  lastWords(): string {
    return [...this.told.slice(-8).map(({ event, msg }) => `${event}: ${msg}`), this.other].join(' | ');
  }

  async end(signal: NodeJS.Signals = 'SIGTERM'): Promise<number | null> {
    this.#child.kill(signal);
    return await this.ended;
  }
}

/** Looks every few milliseconds; says what never came to be so. */
export async function until(what: string, isSo: () => boolean | Promise<boolean>, withinMs = 30_000): Promise<number> {
  const start = performance.now();
  while (!(await isSo())) {
    if (performance.now() - start > withinMs * patience) throw new Error(`it never came to be that ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  return performance.now() - start;
}
