// The instance's lock, and the host-wide one that attachment takes besides. flock: a run that dies gives it back.
import { existsSync } from 'node:fs';
import { basename, join } from 'node:path';
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
  const end = (endOwn: () => void): void => {
    if (!held) return;
    held = false;
    context.open.delete(entry);
    host?.release();
    endOwn();
  };
  const release = (): void => end(own.release);
  const entry = { close: release };
  context.open.add(entry);
  return {
    release,
    forget: () => {
      for (const name of [watchName(instance), eventsName(instance)]) removeIfFree(context, name);
      end(own.remove);
    },
  };
}

const watchName = (instance: string): string => `${instance}_watch`;
const eventsName = (instance: string): string => `${instance}_events`;
const pathOf = ({ runDirectory }: Context, name: string): string => join(runDirectory, `${name}.lock`);

/** Left by who was killed; one that is held stays with its holder. */
function removeIfFree(context: Context, name: string): void {
  const path = pathOf(context, name);
  if (existsSync(path)) tryOrRefuse(path, holderName())?.remove();
}

async function take(context: Context, name: string, deadline: number): Promise<HeldLock> {
  const path = pathOf(context, name);
  const holder = holderName();
  for (;;) {
    const held = tryOrRefuse(path, holder);
    if (held) return held;
    if (Date.now() >= deadline) throw locked(name, path);
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
}

/** EVENT's only reader, at once or not at all. */
export function lockEvents(context: Context, instance: string): Pick<HeldLock, 'release'> {
  const path = pathOf(context, eventsName(instance));
  const held = tryOrRefuse(path, holderName());
  if (held) return { release: held.remove };
  const hint = 'one at a time: wait for it, or stop it';
  throw new Refusal(problem('locked', `events of instance ${instance} are read by ${lockHolder(path)}`, { hint }));
}

/** For as long as a daemon runs, and beside the instance's own: others apply, confirm and revert meanwhile. */
export function lockWatch(context: Context, instance: string): Pick<Lock, 'release'> {
  const path = pathOf(context, watchName(instance));
  const held = tryOrRefuse(path, holderName());
  if (!held) throw watched(instance, path);
  const entry = {
    close: () => {
      if (context.open.delete(entry)) held.remove();
    },
  };
  context.open.add(entry);
  return { release: entry.close };
}

function holderName(): string {
  return `pid ${process.pid}, since ${new Date().toISOString()}: ${withoutKeys(process.argv.slice(1)).join(' ')}`;
}

/** Among the words of `service`, and of what has its old names, is a key. */
export function withoutKeys(words: readonly string[]): string[] {
  const [script = ''] = words;
  const last = basename(script).startsWith('cli_') ? 0 : words.indexOf('service');
  return last < 0 || last + 1 === words.length ? [...words] : [...words.slice(0, last + 1), '…'];
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
