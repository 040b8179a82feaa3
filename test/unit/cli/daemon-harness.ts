// `watch` on a host in memory, with files, sockets and HTTP that are real: a daemon that tests talk to as anybody would.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Environment } from '../../../src/cli/environment.ts';
import { nodeFiles } from '../../../src/cli/files.ts';
import { type Finished, gatewayText, TestHost } from './harness.ts';

export interface Running {
  readonly host: TestHost;
  readonly directory: string;
  readonly file: string;
  /** Log lines until now. */
  log(): string;
  /** Runs another command on the same host. */
  run(words: readonly string[], environment?: Partial<Environment>): Promise<Finished>;
  /** Waits for a log line. */
  said(words: string): Promise<void>;
  stop(): Promise<Finished>;
}

export interface WatchOptions {
  readonly text?: string;
  readonly words?: readonly string[];
  readonly host?: TestHost;
}

/** In a directory of its own, which `stop` removes. The interval is a day: runs come when tests want them. */
export async function startWatch({ text = gatewayText, words = [], host }: WatchOptions = {}): Promise<Running> {
  const directory = mkdtempSync(join(tmpdir(), 'trueingress-watch-'));
  const file = join(directory, 'topology.yaml');
  writeFileSync(file, text, { mode: 0o600 });
  const at = host ?? new TestHost();
  if (!host) at.runDirectory = directory;
  let log = '';
  let end = (): void => {};
  const stopped = new Promise<'stopped'>((resolve) => {
    end = () => resolve('stopped');
  });
  const finished = at.run(['watch', '-f', file, '--interval', '24h', ...words.map((word) => inside(word, directory))], {
    environment: {
      files: nodeFiles,
      stderr: {
        isTerminal: false,
        write: (line) => {
          log += line;
        },
      },
      catchStop: () => ({ pause: () => stopped, release: () => {} }),
    },
  });
  const running: Running = {
    host: at,
    directory,
    file,
    log: () => log,
    run: (more, environment) => at.run(more, { environment: { files: nodeFiles, ...environment } }),
    said: (line) =>
      until(
        () => log.includes(line),
        () => `no "${line}" in:\n${log}`,
      ),
    async stop() {
      end();
      const result = await finished;
      rmSync(directory, { recursive: true, force: true });
      return { ...result, stderr: log };
    },
  };
  await Promise.race([
    finished,
    until(
      () => /"event":"(unchanged|reconciled|held|failed)"/.test(log),
      () => log,
    ),
  ]);
  return running;
}

/** `@` stands for the directory. */
function inside(word: string, directory: string): string {
  return word.replace('@', directory);
}

export async function until(holds: () => boolean | Promise<boolean>, what: () => string): Promise<void> {
  const end = Date.now() + 50_000;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`waited in vain: ${what()}`);
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
