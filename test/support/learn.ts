// A tunnel's far end is heard: the PEER row that the datapath would write, in the tunnel's present life.
import { findLearned, ownAttachments } from '../../src/datapath/memory/find.ts';
import { learnPeer } from '../../src/datapath/memory/learned.ts';
import { lookUp } from '../../src/datapath/memory/map.ts';
import type { MemoryWorld } from '../../src/datapath/memory/world.ts';
import { parseIp } from '../../src/net/ip.ts';
import { peer } from '../../src/tables/learned.ts';
import { tunnel } from '../../src/tables/tunnel.ts';
import { plainPeerRow } from './rows.ts';

/** @param lastSeenNs CLOCK_MONOTONIC */
export function hear(world: MemoryWorld, instance: string, id: number, lastSeenNs = 1n): void {
  const [hook] = ownAttachments(world, instance);
  const row = hook && lookUp(hook.program.load.maps.tunnel, tunnel.key.encode({ id }));
  const remoteIp = parseIp('198.51.100.9');
  if (!row || !remoteIp) throw new Error(`no tunnel ${id} runs`);
  const { epoch } = tunnel.value.decode(row);
  learnPeer(world, instance, id, {
    ...plainPeerRow,
    version: 1,
    epoch,
    lastSeenNs,
    remoteIp,
    remotePort: 6080,
    moves: 1,
  });
}

/** Tunnels of which something is learned. */
export function heard(world: MemoryWorld, instance: string): number[] {
  const entries = findLearned(world, instance).peer?.entries.values() ?? [];
  return [...entries].map(({ key }) => peer.key.decode(key).tunnel).sort((a, b) => a - b);
}
