// The built command as a user starts it: a process of its own, in the namespace of the test.
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { PrivatePlace } from '../../support/netns.ts';

export const bundle = join(process.cwd(), 'dist/trueingress.cjs');

export interface Finished {
  /** null: ended by a signal. */
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface StartOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly uid?: number;
  readonly stdin?: string;
  /** Called once there is output; may send signals. */
  readonly onOutput?: (text: string, kill: (signal: NodeJS.Signals) => void) => void;
}

export class CommandLine {
  readonly directory = mkdtempSync(join(tmpdir(), 'trueingress-cli-'));
  readonly #place: PrivatePlace;

  constructor(place: PrivatePlace) {
    this.#place = place;
  }

  /** Where history is kept. */
  get stateDirectory(): string {
    return join(this.directory, 'state');
  }

  /** The options that keep a run inside the private place. */
  get place(): string[] {
    return ['--bpffs', this.#place.bpffs, '--run-dir', this.#place.runDirectory, '--state-dir', this.stateDirectory];
  }

  write(name: string, text: string): string {
    const path = join(this.directory, name);
    writeFileSync(path, text);
    return path;
  }

  async run(words: readonly string[], options: StartOptions = {}): Promise<Finished> {
    const env = { TRUEINGRESS_STATE_DIR: this.stateDirectory, ...options.env };
    return await runProcess(process.execPath, [bundle, ...words], { ...options, env });
  }

  /** With the options of the private place. */
  async runHere(words: readonly string[], options: StartOptions = {}): Promise<Finished> {
    return await this.run([...words, ...this.place], options);
  }

  close(): void {
    rmSync(this.directory, { recursive: true, force: true });
  }
}

export async function runProcess(
  command: string,
  words: readonly string[],
  { env, uid, stdin, onOutput }: StartOptions = {},
): Promise<Finished> {
  return await new Promise((resolve, reject) => {
    const child = spawn(command, words, {
      env: { ...process.env, NO_COLOR: '1', ...env },
      stdio: 'pipe',
      ...(uid !== undefined && { uid, gid: uid }),
    });
    let stdout = '';
    let stderr = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      stdout += text;
      onOutput?.(stdout, (signal) => child.kill(signal));
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      stderr += text;
    });
    child.once('error', reject);
    child.once('close', (code, signal) => resolve({ code, signal, stdout, stderr }));
    child.stdin.on('error', () => {});
    child.stdin.end(stdin);
  });
}
