// Bytes on their way to a file or to stdout, as fast as their reader takes them: no call waits, so that a reader who sleeps (a
// pager, a network drive) keeps nobody from stopping the command, and what came before is not lost.
import { closeSync, fstatSync, openSync, writeSync } from 'node:fs';
import { outputState } from '../native/poll.ts';
import { problem, Refusal } from '../problem.ts';
import type { Sink } from './environment.ts';
import { isTerminal } from './streams.ts';

/** What a pipe that is ready takes without waiting: PIPE_BUF. A file takes everything. */
const pieceBytes = { file: 1 << 20, other: 4096 } as const;
/** A capture shows whom its host talks with. */
const mode = 0o600;

/** @param path `-` is stdout. Throws Refusal `usage` where it cannot be written. */
export function openSink(path: string): Sink {
  const descriptor = path === '-' ? 1 : openFile(path);
  const isFile = fstatSync(descriptor).isFile();
  const piece = isFile ? pieceBytes.file : pieceBytes.other;
  let queue: Uint8Array[] = [];
  let fault: string | undefined;
  let isGone = false;

  const end = (error?: unknown): 'gone' => {
    isGone = true;
    queue = [];
    if (error !== undefined && codeOf(error) !== 'EPIPE')
      fault = error instanceof Error ? error.message : String(error);
    return 'gone';
  };
  return {
    isTerminal: isTerminal(descriptor),
    get fault() {
      return fault;
    },
    write(bytes) {
      if (!isGone) queue.push(bytes);
    },
    flush() {
      if (isGone) return 'gone';
      let rest: Uint8Array = Buffer.concat(queue);
      queue = [];
      for (;;) {
        const state = isFile ? 'ready' : outputState(descriptor);
        if (state === 'gone') return end();
        if (rest.length === 0) return 'empty';
        if (state === 'full') break;
        try {
          rest = rest.subarray(writeSync(descriptor, rest, 0, Math.min(rest.length, piece)));
        } catch (error) {
          if (codeOf(error) !== 'EAGAIN') return end(error);
          break;
        }
      }
      queue = [rest];
      return 'waiting';
    },
    close() {
      if (path !== '-') closeSync(descriptor);
    },
  };
}

function openFile(path: string): number {
  try {
    return openSync(path, 'w', mode);
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    throw new Refusal(problem('usage', `${path} cannot be written: ${codeOf(error)}`));
  }
}

function codeOf(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
