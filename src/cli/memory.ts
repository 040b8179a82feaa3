// What reading and planning leave behind in the heap, given back to the machine at once: a process that sleeps for a minute afterwards
// would keep it until the next time it works.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { libc } from '../native/libc.ts';

/** Takes some tens of milliseconds where 10,000 services were read. */
export function createTidying(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  if (typeof collect !== 'function') return () => {};
  return () => {
    collect();
    // What typed arrays held lies outside of V8's heap, in pieces that malloc keeps.
    libc.trim(0);
  };
}

const lateMs = 30_000;

/** For what leaves less behind and comes more often, such as scrapes: once for all that came in half a minute. */
export function createLateTidying(tidy = createTidying()): () => void {
  let isComing = false;
  return () => {
    if (isComing) return;
    isComing = true;
    setTimeout(() => {
      isComing = false;
      tidy();
    }, lateMs).unref();
  };
}
