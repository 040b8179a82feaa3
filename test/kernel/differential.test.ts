// The memory datapath is held to the kernel: the same random operations on both end in the same way and leave the same to be
// seen. What the tests of the laws prove over the one is worth as much as this.
import { existsSync, unlinkSync } from 'node:fs';
import { join } from 'node:path';
import { isDeepStrictEqual } from 'node:util';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type KernelDatapath, openKernelDatapath } from '../../src/datapath/kernel/open.ts';
import { openMemoryDatapath } from '../../src/datapath/memory/datapath.ts';
import { createMemoryWorld } from '../../src/datapath/memory/world.ts';
import { hasTcx } from '../support/hook-kinds.ts';
import { openPrivatePlace, type PrivatePlace, whyNoKernel } from '../support/netns.ts';
import { type Operation, operations } from '../support/operations.ts';
import { patience } from '../support/patience.ts';
import { createPlayer, look, type Player, play } from '../support/player.ts';
import { tries } from '../support/runs.ts';

const reason = whyNoKernel();

describe.skipIf(reason !== undefined)('random operations on memory and kernel', () => {
  let place: PrivatePlace;
  let kernel: KernelDatapath;
  let interfaces: { name: string; ifindex: number }[];
  let instances = 0;

  beforeAll(() => {
    place = openPrivatePlace();
    interfaces = ['eth0', 'eth1'].map((name) => ({ name, ifindex: place.addInterface(name) }));
    kernel = openKernelDatapath({ bpffs: place.bpffs, runDirectory: place.runDirectory });
  });
  afterAll(() => {
    kernel?.close();
    place?.close();
  });

  function kernelPlayer(instance: string): Player {
    return createPlayer({
      datapath: kernel,
      instance,
      interfaces,
      losePin: (path) => {
        const pin = join(place.bpffs, 'trueingress', instance, path);
        if (existsSync(pin)) unlinkSync(pin);
      },
    });
  }

  function memoryPlayer(instance: string): Player {
    const world = createMemoryWorld({ interfaces, tcx: hasTcx() });
    const losePin = (path: string): void => {
      world.pins.delete(`${instance}/${path}`);
    };
    return createPlayer({ datapath: openMemoryDatapath(world), instance, interfaces, losePin });
  }

  function cleanUp({ datapath, instance }: Player): void {
    for (const hook of datapath.observe(instance).hooks) datapath.detach(instance, hook);
    datapath.removeInstance(instance);
  }

  /** What a tc filter held is freed by a worker of the kernel, a moment after the filter is gone. */
  function settled(player: Player, wanted: unknown): unknown {
    for (let left = 40; left > 0; left--) {
      const seen = look(player);
      if (isDeepStrictEqual(seen, wanted)) return seen;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 25);
    }
    return look(player);
  }

  function compare(sequence: readonly Operation[]): void {
    const instance = `d-${++instances}`;
    const players = [kernelPlayer(instance), memoryPlayer(instance)] as const;
    try {
      sequence.forEach((operation, at) => {
        const [inKernel, inMemory] = players.map((player) => ({ at, operation, outcome: play(player, operation) }));
        const [kernelPlayed, memoryPlayed] = players;
        const seen = look(memoryPlayed);
        expect({ ...inMemory, seen }).toEqual({ ...inKernel, seen: settled(kernelPlayed, seen) });
      });
    } finally {
      cleanUp(players[0]);
    }
  }

  // Found by chance: the memory datapath wanted all learned maps where the kernel's asks one.
  test('counters are forgotten although PEER is lost', () => {
    compare([
      { do: 'createSlot', slot: 'a', entries: 1, generation: 1 },
      { do: 'losePin', path: 'a/config' },
      { do: 'losePin', path: 'learned/peer' },
      { do: 'forget', tunnels: [], counters: [128, 132] },
    ]);
  });

  test('end in the same way and leave the same to be seen', { timeout: 240_000 * patience }, () => {
    fc.assert(fc.property(operations, compare), { ...tries(60), endOnFailure: false });
  });
});
