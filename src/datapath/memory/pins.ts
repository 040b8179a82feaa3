// Pins put and taken, one step each. What is not ours is never unpinned and never pinned over.
import { type Recorder, refuse } from './faults.ts';
import type { MemoryWorld, Pinned } from './world.ts';

export interface Pinner {
  unpin(path: string): void;
  /** In the place of what is there; nothing to do where it is that very object. */
  exchange(path: string, object: Pinned): void;
}

export function pinner(world: MemoryWorld, steps: Recorder, method: string): Pinner {
  const unpin = (path: string): void => {
    if ((world.pins.get(path)?.kind ?? 'foreign') === 'foreign') return;
    steps.write(method, `unpin ${path}`, () => world.pins.delete(path));
  };
  return {
    unpin,
    exchange(path, object) {
      if (world.pins.get(path) === object) return;
      unpin(path);
      steps.write(method, `pin ${path}`, () => {
        if (world.pins.has(path)) throw refuse('bpf_obj_pin', 'EEXIST', path);
        world.pins.set(path, object);
      });
    },
  };
}
