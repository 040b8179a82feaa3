// Bytes on their way out: into files, full disks, pipes whose reader sleeps or goes away.
import { execFileSync } from 'node:child_process';
import { closeSync, constants, mkdtempSync, openSync, readFileSync, readSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, test } from 'vitest';
import { openSink } from '../../../src/cli/sink.ts';
import { Refusal } from '../../../src/problem.ts';

const directory = mkdtempSync(join(tmpdir(), 'trueingress-sink-'));
afterAll(() => rmSync(directory, { recursive: true }));

const bytes = (length: number): Uint8Array => new Uint8Array(length).map((_, at) => (at * 31) & 0xff);

/** Everything that a non-blocking descriptor has now. */
function readNow(descriptor: number): Buffer {
  const pieces: Buffer[] = [];
  for (;;) {
    const piece = Buffer.alloc(65536);
    try {
      const length = readSync(descriptor, piece);
      if (length === 0) break;
      pieces.push(piece.subarray(0, length));
    } catch {
      break; // EAGAIN
    }
  }
  return Buffer.concat(pieces);
}

function pipe(name: string) {
  const path = join(directory, name);
  execFileSync('mkfifo', [path]);
  const reader = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  return { reader, sink: openSink(path) };
}

describe('a sink', () => {
  test('writes a file that only its owner reads, whole', () => {
    const path = join(directory, 'capture');
    const sink = openSink(path);
    sink.write(bytes(3_000_000));
    sink.write(bytes(7));
    expect(sink.flush()).toBe('empty');
    sink.close();
    expect(readFileSync(path).equals(Buffer.concat([bytes(3_000_000), bytes(7)]))).toBe(true);
    expect(statSync(path).mode & 0o777).toBe(0o600);
  });

  test('says that a path cannot be written', () => {
    expect(() => openSink(directory)).toThrow(Refusal);
    expect(() => openSink(join(directory, 'nothing/here'))).toThrow(/cannot be written: ENOENT/);
  });

  test('that is full keeps the rest, and does not wait', () => {
    const { reader, sink } = pipe('slow');
    const all = bytes(300_000);
    sink.write(all);
    expect(sink.flush()).toBe('waiting');
    expect(sink.flush()).toBe('waiting');
    const pieces: Buffer[] = [];
    for (let tries = 0; tries < 100 && sink.flush() === 'waiting'; tries++) pieces.push(readNow(reader));
    pieces.push(readNow(reader));
    expect(Buffer.concat(pieces).equals(all)).toBe(true);
    expect(sink.flush()).toBe('empty');
    closeSync(reader);
    sink.close();
  });

  test('knows that its reader went away, also when there is nothing to write, and calls that no fault', () => {
    const { reader, sink } = pipe('gone');
    expect(sink.flush()).toBe('empty');
    closeSync(reader);
    expect(sink.flush()).toBe('gone');
    sink.write(bytes(10));
    expect([sink.flush(), sink.fault]).toEqual(['gone', undefined]);
    sink.close();
  });

  test('says why a full disk takes no more', () => {
    const sink = openSink('/dev/full');
    sink.write(bytes(10));
    expect([sink.flush(), sink.fault]).toEqual(['gone', expect.stringContaining('ENOSPC')]);
    sink.close();
  });
});
