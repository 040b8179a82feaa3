// What a monitor asks again and again, with one read of each map that the datapath writes. Configured maps never change while
// their generation lives, so they are read once for each.
import type { Datapath, Observation } from '../datapath/port.ts';
import { roleNumbers } from '../tables/config.ts';
import { counterLayout } from '../tables/learned.ts';
import { tables } from '../tables/registry.ts';
import type { LiveAssignments } from './assign.ts';
import { readAssignments } from './assign.ts';
import type { TableRows } from './digest.ts';
import { namesVersion } from './events.ts';
import { findLive, type Live } from './live.ts';
import { readStats, type Stats } from './stats.ts';
import { hooksWithout, isStale, type Peer, readPeers } from './status.ts';
import { readLive } from './verify.ts';

/** What is kept from look to look: of the generation that is live. */
export interface LiveNames {
  readonly version: string;
  readonly owners: LiveAssignments | undefined;
  readonly config: TableRows['config'] | undefined;
  readonly rows: Readonly<Record<string, number>>;
}

export interface Room {
  readonly rows: number;
  readonly capacity: number;
}

export interface Remote {
  readonly tunnel: number;
  /** undefined: not heard in the tunnel's present life. */
  readonly heard: Peer | undefined;
  /** As `status` says it: three pings in a row did not come. */
  readonly isStale: boolean;
}

export interface Figures {
  readonly live: Live;
  readonly role: 'gateway' | 'node' | undefined;
  readonly hooks: number;
  readonly missingHooks: number;
  /** By table, PEER included. */
  readonly tables: Readonly<Record<string, Room>>;
  /** Of tunnels whose remote is learned, sorted by id. */
  readonly remotes: readonly Remote[];
  readonly stats: Stats;
  /** To be handed in at the next look. */
  readonly names: LiveNames;
}

/** @param nowNs CLOCK_MONOTONIC, as PEER rows are stamped */
export function readFigures(datapath: Datapath, observation: Observation, nowNs: bigint, before?: LiveNames): Figures {
  const live = findLive(observation);
  const version = namesVersion(observation);
  const names = before?.version === version ? before : readNames(datapath, observation, version);
  const peers = readPeers(datapath, observation, nowNs);
  const learned = [...(names.owners?.tunnels ?? [])].filter(([, { learned }]) => learned).sort(([a], [b]) => a - b);
  return {
    live,
    role: live.slot && (live.slot.meta.role === roleNumbers.node ? 'node' : 'gateway'),
    hooks: observation.hooks.length,
    missingHooks: names.config ? hooksWithout({ config: names.config }, observation.hooks).length : 0,
    tables: {
      ...Object.fromEntries(
        tables.map(({ name }) => [name, { rows: names.rows[name] ?? 0, capacity: live.slot?.capacities[name] ?? 0 }]),
      ),
      peer: { rows: peers.size, capacity: observation.learned?.capacities.peer ?? 0 },
    },
    remotes: learned.map(([tunnel, { epoch, pingIntervalMs }]) => {
      const peer = peers.get(tunnel);
      const heard = peer?.epoch === epoch ? peer : undefined;
      return { tunnel, heard, isStale: heard !== undefined && isStale(heard.ageMs, pingIntervalMs) === true };
    }),
    stats: readStats(datapath, observation, names.owners),
    names,
  };
}

function readNames(datapath: Datapath, observation: Observation, version: string): LiveNames {
  const rows = readLive(datapath, observation);
  const room = (observation.learned?.capacities.counter ?? 0) * counterLayout.perBlock;
  return {
    version,
    owners: rows && readAssignments(rows.tunnel, rows.verify, room),
    config: rows?.config,
    rows: Object.fromEntries(tables.map(({ name }) => [name, rows?.[name].count ?? 0])),
  };
}
