// Hints from the kernel that interfaces or their addresses changed (rtnetlink multicast groups, netlink(7)). What changed is asked
// elsewhere: messages are counted, not read. In the network namespace of the main thread at the time of opening.
import { closeSync } from 'node:fs';
import { check, errno } from './errno.ts';
import { attempt, libc } from './libc.ts';

const family = 16;
/** SOCK_RAW, SOCK_NONBLOCK, SOCK_CLOEXEC. */
const rawNonBlocking = 3 | 0x800 | 0x80000;
const route = 0;
/** RTMGRP_LINK, RTMGRP_IPV4_IFADDR, RTMGRP_IPV6_IFADDR. */
const groups = 0x1 | 0x10 | 0x100;
/** struct sockaddr_nl: u16 family, u16 pad, u32 port id (0: the kernel chooses), u32 groups. */
const addressSize = 12;
const roomBytes = 64 * 1024;

export interface LinkEvents {
  /** Whether anything happened since the last call. True as well where the kernel had no room to tell (ENOBUFS). */
  happened(): boolean;
  close(): void;
}

/** Throws KernelError. */
export function openLinkEvents(): LinkEvents {
  const fd = check(
    attempt(() => libc.socket(family, rawNonBlocking, route)),
    'socket',
    'netlink',
  );
  const address = Buffer.alloc(addressSize);
  address.writeUInt16LE(family, 0);
  address.writeUInt32LE(groups, 8);
  check(
    attempt(() => libc.bind(fd, address, address.length)),
    'bind',
    'netlink groups',
  );
  const room = Buffer.allocUnsafeSlow(roomBytes);
  return {
    happened() {
      let any = false;
      for (;;) {
        const size = attempt(() => libc.receive(fd, room, room.length, 0));
        if (size === -errno.EAGAIN) return any;
        any = true;
        if (size !== -errno.ENOBUFS) check(size, 'recv', 'netlink groups');
      }
    },
    close: () => closeSync(fd),
  };
}
