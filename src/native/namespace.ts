// Network namespaces of the main thread. Entering one must come before anything that starts threads or opens sockets; the mount
// namespace stays the caller's, so that bpffs is still there (`ip netns exec` would hide it).
import { closeSync, openSync, statSync } from 'node:fs';
import { problem, Refusal } from '../problem.ts';
import { check, errno } from './errno.ts';
import { attempt, libc } from './libc.ts';

const networkNamespace = 0x4000_0000;

/** Inode of the caller's network namespace. */
export function netnsInode(): bigint {
  return statSync('/proc/thread-self/ns/net', { bigint: true }).ino;
}

/** `name` as `ip netns` knows it, or a path to a namespace file. Throws Refusal `usage` where there is none. */
export function enterNetns(name: string): void {
  const path = name.includes('/') ? name : `/run/netns/${name}`;
  let fd: number;
  try {
    fd = openSync(path, 'r');
  } catch {
    const hint = '`ip netns list` shows those that have a name';
    throw new Refusal(problem('usage', `network namespace ${name} does not exist`, { hint }));
  }
  try {
    const result = attempt(() => libc.setns(fd, networkNamespace));
    if (result === -errno.EINVAL)
      throw new Refusal(
        problem('usage', `${path} is no network namespace`, { hint: '`ip netns list` shows those that have a name' }),
      );
    check(result, 'setns', path);
  } finally {
    closeSync(fd);
  }
}

/** A new, empty network namespace for this process. Used by tests. */
export function unshareNetns(): void {
  check(
    attempt(() => libc.unshare(networkNamespace)),
    'unshare',
    'network namespace',
  );
}
