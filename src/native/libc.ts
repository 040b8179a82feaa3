// Every function of libc that we call, with its C signature. They return -1 and set errno: `attempt` turns that into a
// negative errno at once, before anything else can overwrite it.
import { lastErrno, native } from './koffi.ts';

const so = 'libc.so.6';

export const libc = {
  flock: native(so, 'flock', 'int', ['int', 'int']),
  setns: native(so, 'setns', 'int', ['int', 'int']),
  mount: native(so, 'mount', 'int', ['text', 'text', 'text', 'size', 'bytes']),
  unmount: native(so, 'umount2', 'int', ['text', 'int']),
  unshare: native(so, 'unshare', 'int', ['int']),
  ifNameToIndex: native(so, 'if_nametoindex', 'int', ['text']),
  socket: native(so, 'socket', 'int', ['int', 'int', 'int']),
  bind: native(so, 'bind', 'int', ['int', 'bytes', 'uint']),
  connect: native(so, 'connect', 'int', ['int', 'bytes', 'uint']),
  send: native(so, 'send', 'long', ['int', 'bytes', 'size', 'int']),
  receive: native(so, 'recv', 'long', ['int', 'bytes', 'size', 'int']),
  map: native(so, 'mmap', 'pointer', ['pointer', 'size', 'int', 'int', 'int', 'size']),
  unmap: native(so, 'munmap', 'int', ['pointer', 'size']),
  poll: native(so, 'poll', 'int', ['bytes', 'size', 'int']),
  /** ioctl(2) is variadic; what it is asked here takes a pointer, for which the convention is the ordinary one. */
  control: native(so, 'ioctl', 'int', ['int', 'size', 'bytes']),
  configuration: native(so, 'sysconf', 'long', ['int']),
  /** membarrier(2) has no wrapper; its arguments are ints, for which the variadic convention is the ordinary one. */
  syscall: native(so, 'syscall', 'long', ['size', 'int', 'uint', 'int']),
  /** Of glibc: gives the free pages of its heap back to the kernel. */
  trim: native(so, 'malloc_trim', 'int', ['size']),
  formatInto: native(so, 'vsnprintf', 'int', ['bytes', 'size', 'pointer', 'pointer']),
} as const;

/** The result, or a negative errno. A call that a signal interrupted is made again. */
export function attempt(call: () => number): number {
  for (;;) {
    const result = call();
    if (result !== -1) return result;
    const errno = lastErrno();
    if (errno !== interrupted) return -errno;
  }
}

const interrupted = 4;
