// Hints from the kernel that interfaces or their addresses changed (rtnetlink multicast groups, netlink(7)). What changed is asked
// elsewhere: of a message nothing is read but whose it is. In the network namespace of the main thread at the time of opening.
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

/** struct nlmsghdr: u32 length, u16 type, …; then struct ifinfomsg or ifaddrmsg, which both have the index at 4. */
const headerSize = 16;
const indexAt = headerSize + 4;

export interface LinkEvents {
  /** Indexes of interfaces about which there were messages since the last call; `unknown`: the kernel had no room for some (ENOBUFS). */
  changed(): ReadonlySet<number> | 'unknown';
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
    changed() {
      const indexes = new Set<number>();
      let isLost = false;
      for (;;) {
        const size = attempt(() => libc.receive(fd, room, room.length, 0));
        if (size === -errno.EAGAIN) return isLost ? 'unknown' : indexes;
        if (size === -errno.ENOBUFS) isLost = true;
        else addIndexes(indexes, room.subarray(0, check(size, 'recv', 'netlink groups')));
      }
    },
    close: () => closeSync(fd),
  };
}

function addIndexes(indexes: Set<number>, messages: Buffer): void {
  for (let at = 0; at + indexAt + 4 <= messages.length; ) {
    const size = messages.readUInt32LE(at);
    if (size < headerSize) return;
    indexes.add(messages.readInt32LE(at + indexAt));
    at += (size + 3) & ~3;
  }
}
