// Words to the service manager, as sd_notify(3) has them: one datagram each to the socket that $NOTIFY_SOCKET names. Node has no
// datagram sockets of the Unix kind.
import { closeSync } from 'node:fs';
import { check } from './errno.ts';
import { attempt, libc } from './libc.ts';

const unixFamily = 1;
/** SOCK_DGRAM, SOCK_CLOEXEC. */
const datagram = 2 | 0x80000;
/** sun_path. */
const longestPath = 108;

export interface Notifier {
  /** `READY=1`, `STATUS=…`: lines of one message. Throws KernelError where the socket takes none. */
  send(lines: readonly string[]): void;
  close(): void;
}

/** struct sockaddr_un: u16 family, then the path. An abstract name (`@name`) begins with NUL and ends where the address does. */
export function unixAddress(socket: string): Buffer {
  const name = Buffer.from(socket);
  if (name.length >= longestPath) throw new RangeError(`NOTIFY_SOCKET is longer than ${longestPath - 1} bytes`);
  const isAbstract = name[0] === 0x40;
  const address = Buffer.alloc(2 + name.length + (isAbstract ? 0 : 1));
  address.writeUInt16LE(unixFamily, 0);
  name.copy(address, 2);
  if (isAbstract) address[2] = 0;
  return address;
}

/** @param socket a path, or `@name` in the abstract namespace. Throws KernelError, RangeError where no address can be so long. */
export function openNotifier(socket: string): Notifier {
  const address = unixAddress(socket);
  const fd = check(
    attempt(() => libc.socket(unixFamily, datagram, 0)),
    'socket',
    'NOTIFY_SOCKET',
  );
  check(
    attempt(() => libc.connect(fd, address, address.length)),
    'connect',
    'NOTIFY_SOCKET',
  );
  return {
    send(lines) {
      const message = Buffer.from(lines.join('\n'));
      check(
        attempt(() => libc.send(fd, message, message.length, 0)),
        'send',
        'NOTIFY_SOCKET',
      );
    },
    close: () => closeSync(fd),
  };
}
