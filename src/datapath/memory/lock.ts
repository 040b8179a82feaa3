// The instance's lock: one holder at a time, given back when its process dies (as flock is).
import { problem, Refusal } from '../../problem.ts';
import type { Lock } from '../port.ts';
import type { MemoryWorld } from './world.ts';

const retryMs = 5;

export async function takeLock(world: MemoryWorld, instance: string, holder: string, timeoutMs: number): Promise<Lock> {
  const deadline = Date.now() + timeoutMs;
  for (let held = world.locks.get(instance); held; held = world.locks.get(instance)) {
    if (Date.now() >= deadline)
      throw new Refusal(problem('locked', `instance "${instance}" is locked by ${held.holder}`));
    await new Promise((resolve) => setTimeout(resolve, retryMs));
  }
  const mine = { holder };
  world.locks.set(instance, mine);
  return {
    release: () => {
      if (world.locks.get(instance) === mine) world.locks.delete(instance);
    },
  };
}

export function releaseLocksOf(world: MemoryWorld, holder: string): void {
  for (const [instance, held] of world.locks) if (held.holder === holder) world.locks.delete(instance);
}
