// What is live on this host, for rooms of the daemon that look without changing anything. What the kernel refuses is `undefined` here:
// the next run of the loop meets it as well, and says so.
import type { Datapath, Observation, Slot } from '../datapath/port.ts';
import { KernelError, Refusal } from '../problem.ts';
import { findLive } from '../reconcile/live.ts';
import type { Invocation } from './command.ts';
import { findInstance } from './kernel.ts';

export interface LiveNow {
  readonly datapath: Datapath;
  readonly observation: Observation;
  readonly slot: Slot;
}

/** @param instance empty: the only one that is here */
export async function withLive<T>(
  { options, environment }: Invocation,
  instance: string,
  look: (live: LiveNow) => T,
): Promise<T | undefined> {
  const { bpffs, netns, runDir: runDirectory } = options;
  try {
    const datapath = await environment.openDatapath({ bpffs, netns, runDirectory });
    try {
      const found = findInstance(datapath, instance || options.instance);
      if ('failed' in found) return undefined;
      const observation = found.value;
      const { slot } = findLive(observation);
      return slot && look({ datapath, observation, slot });
    } finally {
      datapath.close();
    }
  } catch (error) {
    if (error instanceof KernelError || error instanceof Refusal) return undefined;
    throw error;
  }
}
