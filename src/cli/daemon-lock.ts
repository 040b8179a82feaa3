// Waits for locks as other commands do, and no longer when the daemon is to end.
import type { Datapath } from '../datapath/port.ts';
import { Refusal } from '../problem.ts';
import type { Environment } from './environment.ts';

/** How soon it notices that it is to end. */
const sliceMs = 200;

export function lockingUntil(environment: Environment, isStopping: () => boolean): Environment {
  return {
    ...environment,
    openDatapath: async (options) => withLocksUntil(await environment.openDatapath(options), isStopping),
  };
}

function withLocksUntil(datapath: Datapath, isStopping: () => boolean): Datapath {
  return {
    ...datapath,
    async lock(instance, timeoutMs, attachment) {
      for (let leftMs = timeoutMs; ; leftMs -= sliceMs) {
        try {
          return await datapath.lock(instance, Math.min(sliceMs, leftMs), attachment);
        } catch (error) {
          const isHeld = error instanceof Refusal && error.problem.code === 'locked';
          if (!isHeld || leftMs <= sliceMs || isStopping()) throw error;
        }
      }
    },
  };
}
