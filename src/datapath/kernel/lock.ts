// The instance's lock, and the host-wide one that attachment takes besides. flock: a run that dies gives it back.
import { join } from 'node:path';
import { type HeldLock, lockHolder, tryLock } from '../../native/flock.ts';
import { problem, Refusal } from '../../problem.ts';
import type { Lock } from '../port.ts';
import type { Context } from './context.ts';

const retryMs = 25;
/** No instance's name has an underscore. */
const hostWide = '_host';

/** Always in this order, so that two runs cannot wait for each other. */
export async function lock(context: Context, instance: string, timeoutMs: number, attachment: boolean): Promise<Lock> {
  const deadline = Date.now() + timeoutMs;
  const own = await take(context, instance, deadline);
  let host: HeldLock | undefined;
  try {
    if (attachment) host = await take(context, hostWide, deadline);
  } catch (error) {
    own.release();
    throw error;
  }
  let held = true;
  const release = (): void => {
    if (!held) return;
    held = false;
    context.open.delete(entry);
    host?.release();
    own.release();
  };
  const entry = { close: release };
  context.open.add(entry);
  return { release };
}

async function take(context: Context, name: string, deadline: number): Promise<HeldLock> {
  const path = join(context.runDirectory, `${name}.lock`);
  const holder = holderName();
  for (;;) {
    const held = tryOrRefuse(path, holder);
    if (held) return held;
    if (Date.now() >= deadline) throw locked(name, path);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** EVENT's only reader, at once or not at all. */
export function lockEvents(context: Context, instance: string): HeldLock {
  const path = join(context.runDirectory, `${instance}_events.lock`);
  const held = tryOrRefuse(path, holderName());
  if (held) return held;
  const hint = 'one at a time: wait for it, or stop it';
  throw new Refusal(problem('locked', `events of instance ${instance} are read by ${lockHolder(path)}`, { hint }));
}

/** For as long as a daemon runs, and beside the instance's own: others apply, confirm and revert meanwhile. */
export function lockWatch(context: Context, instance: string): Lock {
  const path = join(context.runDirectory, `${instance}_watch.lock`);
  const held = tryOrRefuse(path, holderName());
  if (!held) throw watched(instance, path);
  const entry = {
    close: () => {
      context.open.delete(entry);
      held.release();
    },
  };
  context.open.add(entry);
  return { release: entry.close };
}

function holderName(): string {
  return `pid ${process.pid}, since ${new Date().toISOString()}: ${process.argv.slice(1).join(' ')}`;
}

function watched(instance: string, path: string): Refusal {
  const hint = 'one daemon keeps an instance: stop that one first, or send it SIGHUP to make it read its files again';
  return new Refusal(problem('locked', `instance ${instance} is watched already, by ${lockHolder(path)}`, { hint }));
}

/** A /run that is read-only or not there is the machine's fault, not ours. */
function tryOrRefuse(path: string, holder: string): HeldLock | undefined {
  try {
    return tryLock(path, holder);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Refusal(
      problem('kernel-refused', `the lock file ${path} cannot be opened: ${error.message}`, {
        hint: 'make its directory writable, or name another one with the variable TRUEINGRESS_RUN_DIR',
      }),
    );
  }
}

function locked(name: string, path: string): Refusal {
  const what = name === hostWide ? 'attachment on this host' : `instance ${name}`;
  const hint = 'wait for that run, or give --lock-timeout';
  return new Refusal(problem('locked', `${what} is locked by ${lockHolder(path)}`, { hint }));
}
