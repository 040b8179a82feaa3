// Whether a descriptor takes bytes now.
import { check } from './errno.ts';
import { attempt, libc } from './libc.ts';

/** struct pollfd: int fd; short events, revents. */
const pollOut = 4;
const pollError = 8;
const pollHangup = 16;

/**
 * `ready`: a write of up to PIPE_BUF (4096) bytes does not wait · `full`: it would · `gone`: nobody will ever read it. A file is
 * always ready.
 */
export function outputState(descriptor: number): 'ready' | 'full' | 'gone' {
  const bytes = new Uint8Array(8);
  const view = new DataView(bytes.buffer);
  view.setInt32(0, descriptor, true);
  view.setInt16(4, pollOut, true);
  check(
    attempt(() => libc.poll(bytes, 1, 0)),
    'poll',
    `descriptor ${descriptor}`,
  );
  const happened = view.getInt16(6, true);
  if (happened & (pollError | pollHangup)) return 'gone';
  return happened & pollOut ? 'ready' : 'full';
}
