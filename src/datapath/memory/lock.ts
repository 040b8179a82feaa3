// The instance's lock, and the host-wide one that attachment takes besides: one holder at a time, given back when its
// process dies, as flock is.
import { problem, Refusal } from '../../problem.ts';
import type { Lock } from '../port.ts';
import type { MemoryWorld } from './world.ts';

const retryMs = 5;
/** No instance's name has an underscore. */
const hostWide = '_host';

/** Always in this order, so that two runs cannot wait for each other. */
export async function takeLock(
  world: MemoryWorld,
  instance: string,
  holder: string,
  timeoutMs: number,
  attachment: boolean,
): Promise<Lock> {
  const deadline = Date.now() + timeoutMs;
  const held = [await take(world, instance, holder, deadline)];
  try {
    if (attachment) held.push(await take(world, hostWide, holder, deadline));
  } catch (error) {
    for (const release of held) release();
    throw error;
  }
  const release = (): void => {
    for (const release of held.splice(0).reverse()) release();
  };
  return { release, forget: release };
}

async function take(world: MemoryWorld, name: string, holder: string, deadline: number): Promise<() => void> {
  for (let held = world.locks.get(name); held; held = world.locks.get(name)) {
    if (Date.now() >= deadline) {
      const what = name === hostWide ? 'attachment on this host' : `instance ${name}`;
      throw new Refusal(problem('locked', `${what} is locked by ${held.holder}`));
    }
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  const mine = { holder };
  world.locks.set(name, mine);
  return () => release(world, name, mine);
}

export function lockWatch(world: MemoryWorld, instance: string, holder: string): Pick<Lock, 'release'> {
  const name = `${instance}_watch`;
  const other = world.locks.get(name);
  if (other) throw new Refusal(problem('locked', `instance ${instance} is watched already, by ${other.holder}`));
  const mine = { holder };
  world.locks.set(name, mine);
  return { release: () => release(world, name, mine) };
}

function release({ locks }: MemoryWorld, name: string, mine: { readonly holder: string }): void {
  if (locks.get(name) === mine) locks.delete(name);
}

export function releaseLocksOf(world: MemoryWorld, holder: string): void {
  for (const [name, held] of world.locks) if (held.holder === holder) world.locks.delete(name);
}
