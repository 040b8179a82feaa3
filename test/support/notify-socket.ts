// A datagram socket as a service manager has it. Node has none of the Unix kind.
import { closeSync, rmSync } from 'node:fs';
import { check } from '../../src/native/errno.ts';
import { libc } from '../../src/native/libc.ts';
import { unixAddress } from '../../src/native/notify.ts';

const unixFamily = 1;
/** SOCK_DGRAM, SOCK_NONBLOCK, SOCK_CLOEXEC. */
const datagramNonBlocking = 2 | 0x800 | 0x80000;

export interface NotifySocket {
  /** Every message so far, each as its lines; the oldest first. */
  heard(): readonly (readonly string[])[];
  close(): void;
}

/** @param name a path, or `@name` in the abstract namespace, which is a network namespace's own */
export function openNotifySocket(name: string): NotifySocket {
  const fd = check(libc.socket(unixFamily, datagramNonBlocking, 0), 'socket', name);
  const address = unixAddress(name);
  check(libc.bind(fd, address, address.length), 'bind', name);
  const messages: string[][] = [];
  const room = Buffer.allocUnsafeSlow(65_536);
  return {
    heard() {
      for (;;) {
        const size = libc.receive(fd, room, room.length, 0);
        // Nothing more is there (EAGAIN); anything else would be a fault of the test.
        if (size < 0) return messages;
        messages.push(room.toString('utf8', 0, size).split('\n'));
      }
    },
    close() {
      closeSync(fd);
      if (!name.startsWith('@')) rmSync(name, { force: true });
    },
  };
}
