// The machine beside the kernel's tables: private files, the clock that nobody sets, processes that are started. Loaded only by
// commands that keep or read history, or that confirm.
import { randomBytes } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { hostname } from 'node:os';
import type { Commit, Who } from '../history/entry.ts';
import { openPrivateFiles, type PrivateFiles, replaceFile, rewriteFile } from '../history/files.ts';
import { isRunning, type ProcessName, processName } from './processes.ts';
import type { ShellResult } from './shell.ts';
import { whoRuns } from './who.ts';

export interface Machine {
  /** Where history is; undefined: the usual place. */
  state(directory: string | undefined): PrivateFiles;
  /** Where locks are, and what waits for a confirmation; undefined: the usual place. */
  runtime(directory: string | undefined): PrivateFiles;
  hostName(): string;
  /** Another one after each start of the kernel. */
  bootId(): string;
  /** CLOCK_BOOTTIME in nanoseconds, to the hundredth of a second. */
  boottimeNs(): bigint;
  /** 32 hexadecimal digits. */
  randomId(): string;
  who(): Who;
  /** Of the repository that holds the first of these files; undefined: none does, or git cannot tell. */
  commitOf(files: readonly string[]): Promise<Commit | undefined>;
  /** Starts this command anew with these words, out of reach of whatever ends the caller. In words, how it runs. Throws Refusal `no-timer`. */
  startTimer(words: readonly string[], id: string): Promise<string>;
  /** Whether the process of this id that started then is still there. */
  isRunning(timer: ProcessName): boolean;
  self(): ProcessName;
  /** One command line of the user's, by sh. */
  runShell(command: string, timeoutMs: number, goesOn: () => boolean): Promise<ShellResult>;
  /** A file of the user's choice that only its owner can read. Throws the fs error. */
  writePrivately(path: string, text: string): void;
  /** A file that was not there. Throws the fs error, EEXIST where it was. */
  createFile(path: string, text: string): void;
  /** A file of the user's that is there: its owner and its permissions stay, a link leads to the new text. Throws the fs error. */
  rewrite(path: string, text: string): void;
  /** SIGHUP and SIGINT do not end this process any more. */
  ignoreHangup(): void;
}

const usualState = '/var/lib/trueingress';
const usualRuntime = '/run/trueingress';

export function openMachine(): Machine {
  return {
    state: (directory = usualState) => openPrivateFiles(directory),
    runtime: (directory = usualRuntime) => openPrivateFiles(directory),
    hostName: hostname,
    bootId: () => readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim(),
    boottimeNs: () => {
      const [seconds = '0', hundredths = '0'] = readFileSync('/proc/uptime', 'latin1').split(' ')[0]?.split('.') ?? [];
      return BigInt(seconds) * 1_000_000_000n + BigInt(hundredths) * 10_000_000n;
    },
    randomId: () => randomBytes(16).toString('hex'),
    who: () => whoRuns(process.env),
    commitOf: async (files) => (await import('./commit.ts')).commitOf(files),
    startTimer: async (words, id) => (await import('./timer-process.ts')).startTimer(words, id),
    isRunning,
    self: () => processName(process.pid) ?? { pid: process.pid, startedAt: '' },
    runShell: async (command, timeoutMs, goesOn) => (await import('./shell.ts')).runShell(command, timeoutMs, goesOn),
    writePrivately: replaceFile,
    createFile: (path, text) => writeFileSync(path, text, { flag: 'wx', mode: 0o600 }),
    rewrite: rewriteFile,
    ignoreHangup() {
      for (const signal of ['SIGHUP', 'SIGINT'] as const) process.on(signal, () => {});
    },
  };
}
