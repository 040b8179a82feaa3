// stdout and stderr as file descriptors, each text written to its end before the call returns: nothing waits in a queue that
// the end of the process could cut short (seen at 5 MB), and Node's stream classes need not be loaded at start.
import { fstatSync, writeSync } from 'node:fs';
import type { Output } from './environment.ts';

/** @param journal $JOURNAL_STREAM */
export function outputOf(descriptor: number, journal?: string): Output {
  let isGone = false;
  let fault: string | undefined;
  return {
    isTerminal: isTerminal(descriptor),
    isJournal: isJournal(descriptor, journal),
    get fault() {
      return fault;
    },
    get isGone() {
      return isGone;
    },
    write(text) {
      if (isGone || text === '') return;
      try {
        isGone = !writeAll(descriptor, Buffer.from(text));
      } catch (error) {
        // A full disk ends the output, not what the command is doing.
        isGone = true;
        fault = error instanceof Error ? error.message : String(error);
      }
    },
  };
}

/** Major numbers of devices (Documentation/admin-guide/devices.txt of Linux): of /dev/null and its kind; of pseudo-terminals. */
const memoryDevices = 1;
const firstTerminal = 136;
const lastTerminal = 143;

/** What most commands write to is told without node:tty, which loads Node's sockets and streams. */
export function isTerminal(descriptor: number): boolean {
  let device: number;
  try {
    const found = fstatSync(descriptor);
    if (!found.isCharacterDevice()) return false;
    device = found.rdev;
  } catch {
    return false; // closed by the caller: `2>&-`
  }
  // gnu_dev_major(3) of a device number below 2^32.
  const major = (device >> 8) & 0xfff;
  if (major === memoryDevices) return false;
  if (major >= firstTerminal && major <= lastTerminal) return true;
  return process.getBuiltinModule('node:tty').isatty(descriptor);
}

/** Whether it goes to systemd's journal: $JOURNAL_STREAM has its device and inode (systemd.exec(5)), and may be inherited. */
function isJournal(descriptor: number, journal: string | undefined): boolean {
  if (!journal) return false;
  try {
    const { dev, ino } = fstatSync(descriptor);
    return journal === `${dev}:${ino}`;
  } catch {
    return false;
  }
}

/** False: the reader went away (`trueingress show | head -1`), which is no error. */
function writeAll(descriptor: number, bytes: Uint8Array): boolean {
  for (let offset = 0; offset < bytes.length; ) {
    try {
      offset += writeSync(descriptor, bytes, offset);
    } catch (error) {
      const code = error instanceof Error && 'code' in error ? error.code : undefined;
      if (code === 'EPIPE' || code === 'EBADF') return false;
      if (code !== 'EAGAIN') throw error;
      // A pipe that another process made non-blocking is full: wait until its reader has taken some.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
  return true;
}
