// What reading and planning leave behind in the heap, given back to the machine at once: a process that sleeps for a minute afterwards
// would keep it until the next time it works.
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

/** Takes some tens of milliseconds where 10,000 services were read. */
export function createTidying(): () => void {
  setFlagsFromString('--expose-gc');
  const collect: unknown = runInNewContext('gc');
  setFlagsFromString('--no-expose-gc');
  return typeof collect === 'function' ? () => collect() : () => {};
}
