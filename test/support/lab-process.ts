// Child processes of the lab: run to the end, or started and ended by id. A child dies with the process that started it
// (pdeathsig), so that a killed test run leaves no server behind. Nothing here knows networks or the product.
import { type ChildProcess, spawn } from 'node:child_process';
import { patience } from './patience.ts';

export interface Finished {
  /** 128 + signal number when a signal ended it. */
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface RunOptions {
  readonly env?: Readonly<Record<string, string>>;
  readonly input?: string;
  /** After this the child is killed and the promise rejects. */
  readonly timeoutMs?: number;
  /** Told of what it writes to stdout while it runs. */
  readonly onStdout?: (text: string) => void;
}

const signalNumbers: Readonly<Record<string, number>> = { SIGHUP: 1, SIGINT: 2, SIGKILL: 9, SIGTERM: 15 };

/** A started process. `end` is safe to call twice. */
export class Running {
  readonly pid: number;
  readonly done: Promise<Finished>;
  readonly #child: ChildProcess;
  readonly #argv: readonly string[];
  #stdout = '';
  #stderr = '';
  #finished = false;

  constructor(argv: readonly string[], options: RunOptions = {}) {
    this.#argv = argv;
    const child = spawn('setpriv', ['--pdeathsig', 'KILL', ...argv], {
      stdio: 'pipe',
      env: { ...process.env, ...options.env },
    });
    this.#child = child;
    this.pid = child.pid ?? -1;
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      this.#stdout += text;
      options.onStdout?.(text);
    });
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr += text;
    });
    // A child that ended before it read its input is no fault of ours.
    child.stdin.on('error', () => undefined).end(options.input ?? '');
    this.done = new Promise((resolve, reject) => {
      child.on('error', reject);
      child.on('close', (code, signal) => {
        this.#finished = true;
        resolve({ code: code ?? 128 + (signalNumbers[signal ?? ''] ?? 0), stdout: this.#stdout, stderr: this.#stderr });
      });
    });
  }

  get stdout(): string {
    return this.#stdout;
  }

  get stderr(): string {
    return this.#stderr;
  }

  /** Resolves when stdout or stderr has the text. */
  async says(text: string, timeoutMs = 5000): Promise<void> {
    const deadline = Date.now() + timeoutMs * patience;
    while (!this.#stdout.includes(text) && !this.#stderr.includes(text)) {
      if (this.#finished || Date.now() > deadline) {
        throw new Error(`${this.#argv.join(' ')} never said "${text}"; it said: ${this.#stdout}${this.#stderr}`);
      }
      await sleep(5);
    }
  }

  async end(signal: NodeJS.Signals = 'SIGTERM', patienceMs = 3000): Promise<Finished> {
    if (!this.#finished) this.#child.kill(signal);
    const killer = setTimeout(() => this.#child.kill('SIGKILL'), patienceMs * patience);
    try {
      return await this.done;
    } finally {
      clearTimeout(killer);
    }
  }
}

/** Runs to the end. A non-zero exit is a result, not an error. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Finished> {
  const running = new Running(argv, options);
  const timeoutMs = (options.timeoutMs ?? 30_000) * patience;
  let timedOut = false;
  const killer = setTimeout(() => {
    timedOut = true;
    void running.end('SIGKILL');
  }, timeoutMs);
  try {
    const finished = await running.done;
    if (timedOut) throw new Error(`${argv.join(' ')} took longer than ${timeoutMs} ms: ${finished.stderr}`);
    return finished;
  } finally {
    clearTimeout(killer);
  }
}

/** Runs to the end and wants exit code 0. Resolves to stdout. */
export async function must(argv: readonly string[], options: RunOptions = {}): Promise<string> {
  const finished = await run(argv, options);
  if (finished.code !== 0) {
    throw new Error(`${argv.join(' ')} ended with ${finished.code}: ${finished.stderr}${finished.stdout}`);
  }
  return finished.stdout;
}

export function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}
