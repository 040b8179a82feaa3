// Opens the datapath for one command, and closes it whatever happens; finds the instance that is meant.
import type { Datapath, Host, Lock, Observation } from '../datapath/port.ts';
import { problem } from '../problem.ts';
import { type Answer, type Attempt, failure, type Invocation } from './command.ts';

export interface Kernel {
  readonly datapath: Datapath;
  readonly host: Host;
}

export async function withKernel<T>(
  { options, environment }: Invocation,
  work: (kernel: Kernel) => Promise<T>,
): Promise<T> {
  const { bpffs, netns, runDir: runDirectory } = options;
  const datapath = await environment.openDatapath({ bpffs, netns, runDirectory });
  try {
    return await work({ datapath, host: await environment.openHost() });
  } finally {
    datapath.close();
  }
}

/** For commands that no file tells which instance is meant. */
export async function withInstance(
  invocation: Invocation,
  work: (kernel: Kernel, observation: Observation) => Promise<Answer>,
  whenNone?: string,
): Promise<Answer> {
  return await withKernel(invocation, async (kernel) => {
    const found = findInstance(kernel.datapath, invocation.options.instance, whenNone);
    return 'failed' in found ? failure(found.failed) : await work(kernel, found.value);
  });
}

/** The same under the instance's lock, with what the kernel holds once it is held. */
export async function withLockedInstance(
  invocation: Invocation,
  work: (kernel: Kernel, observation: Observation, lock: Lock) => Promise<Answer>,
  whenNone?: string,
): Promise<Answer> {
  return await withInstance(
    invocation,
    async (kernel, { instance }) =>
      withLock(invocation, kernel, instance, async (lock) => {
        // It may have gone, or changed, while somebody else held the lock.
        const found = findInstance(kernel.datapath, instance, whenNone);
        return 'failed' in found ? failure(found.failed) : await work(kernel, found.value, lock);
      }),
    whenNone,
  );
}

/** What nobody confirmed in time is taken back before anything else is done. */
export async function withLock(
  invocation: Invocation,
  kernel: Kernel,
  instance: string,
  work: (lock: Lock) => Promise<Answer>,
): Promise<Answer> {
  return await withBareLock(invocation, kernel, instance, async (lock) => {
    const { takeBackOverdue } = await import('./confirmation.ts');
    const taken = await takeBackOverdue(invocation, kernel, instance);
    invocation.talk.tell(taken);
    const answer = await work(lock);
    return { ...answer, problems: [...taken, ...answer.problems] };
  });
}

export async function withBareLock<T>(
  { options, talk }: Invocation,
  { datapath }: Kernel,
  instance: string,
  work: (lock: Lock) => Promise<T>,
): Promise<T> {
  const waiting = setTimeout(() => talk.progress(`waiting for another run on instance "${instance}" …`), 1000);
  let lock: Lock;
  try {
    lock = await datapath.lock(instance, options.lockTimeout, true);
  } finally {
    clearTimeout(waiting);
  }
  try {
    return await work(lock);
  } finally {
    lock.release();
  }
}

/**
 * The one that is named, else the only one of this network namespace.
 * @param whenNone what somebody who has none here would do next; the usual hint is to apply a file
 */
export function findInstance(datapath: Datapath, name: string | undefined, whenNone?: string): Attempt<Observation> {
  if (name !== undefined) {
    const observation = datapath.observe(name);
    if (observation.exists) return { value: observation, problems: [] };
    const known = datapath.instances();
    return {
      failed: [
        problem('no-instance', `there is no instance "${name}" here`, {
          hint: known.length ? `instances here are ${known.join(', ')}` : whenNone,
        }),
      ],
    };
  }
  const here = datapath
    .instances()
    .map((one) => datapath.observe(one))
    .filter(({ exists, problems }) => exists && !problems.some(({ code }) => code === 'instance-elsewhere'));
  const [only, ...others] = here;
  if (!only)
    return {
      failed: [problem('no-instance', 'no instance of trueingress is here', { hint: whenNone })],
    };
  if (others.length === 0) return { value: only, problems: [] };
  return {
    failed: [
      problem('which-instance', `there are ${here.length} instances here`, {
        hint: `say which with -i: ${here.map(({ instance }) => instance).join(', ')}`,
      }),
    ],
  };
}

/** Names of the caller's network namespace; undefined: gone. */
export function knownInterfaces(host: Host): (ifindex: number) => string | undefined {
  const names = new Map(host.interfaces().map(({ ifindex, name }) => [ifindex, name]));
  return (ifindex) => names.get(ifindex);
}

/** The same for showing: an index that has no name any more is a number. */
export function interfaceNames(host: Host): (ifindex: number) => string {
  const nameOf = knownInterfaces(host);
  return (ifindex) => nameOf(ifindex) ?? `interface ${ifindex}`;
}
