// What a host runs, and whether that is what was last applied: from the kernel alone, no file is asked.
import type { Datapath, Hook, Observation, Slot } from '../datapath/port.ts';
import { type Endpoint, formatEndpoint, type Port } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
import { config, roleNumbers } from '../tables/config.ts';
import { path as pathTable, peer } from '../tables/learned.ts';
import { tables } from '../tables/registry.ts';
import { formatRemote, localOf, remoteOf, tunnel } from '../tables/tunnel.ts';
import { directions } from '../topology/topology.ts';
import type { TableRows } from './digest.ts';
import type { Drift } from './drift.ts';
import { type Finding, type FindingsInput, findingsOf, type HookPlace } from './findings.ts';
import { foundDrift } from './found-drift.ts';
import { findLive, type Live } from './live.ts';
import { assignmentsIn } from './plan.ts';
import { readTables } from './verify.ts';

export interface TunnelStatus {
  readonly id: number;
  readonly local: string;
  readonly remote: string | 'learned';
  /** Only of a learned tunnel that was heard in its present life. */
  readonly learned: LearnedRemote | undefined;
  /** What the underlay said that it carries to the remote, where that is less than the tunnel would send. */
  readonly path: LoweredPath | undefined;
}

export interface LearnedRemote {
  readonly remote: string;
  readonly ageMs: number;
  readonly moves: number;
  /** CLOCK_REALTIME of the sender when it signed its last ping; undefined: it signed none. */
  readonly signedNs: bigint | undefined;
  /** Three pings in a row did not come; undefined: the file does not say how often they should. */
  readonly isStale: boolean | undefined;
}

export interface LoweredPath {
  readonly mtuBytes: number;
  /** Until it is forgotten. */
  readonly forMs: number;
}

export interface Status {
  readonly instance: string;
  readonly role: 'gateway' | 'node' | undefined;
  readonly live: Live;
  readonly slots: readonly Slot[];
  readonly hooks: readonly Hook[];
  /** Interfaces of CONFIG whose hook runs nothing of ours. */
  readonly missingHooks: readonly HookPlace[];
  /** Rows were changed by hand: they are not what was staged. */
  readonly drift: Drift | undefined;
  readonly rowCounts: Readonly<Record<string, { readonly rows: number; readonly capacity: number }>>;
  readonly tunnels: readonly TunnelStatus[];
  readonly services: number;
  readonly converged: boolean;
  /** Why not, and what else there is to say. */
  readonly findings: readonly Finding[];
}

/** @param nowNs CLOCK_MONOTONIC, as PEER rows are stamped */
export function readStatus(
  datapath: Datapath,
  observation: Observation,
  nowNs: bigint,
  asked: Partial<Pick<FindingsInput, 'nameOf' | 'buildDigest'>> = {},
): Status {
  const live = findLive(observation);
  const slots = Object.values(observation.slots).filter((slot) => slot !== undefined);
  const rows = live.slot?.readable ? readTables(datapath, observation.instance, live.slot.name) : undefined;
  const drift = foundDrift({
    observation,
    rows,
    assignments: assignmentsIn(rows, observation),
    guesses: () => otherSlot(datapath, observation, live),
  });
  const missingHooks = rows ? hooksWithout(rows, observation.hooks) : [];
  const findings = findingsOf({
    observation,
    live,
    drift,
    missingHooks,
    surplusHooks: rows ? surplus(rows, observation.hooks) : [],
    nameOf: asked.nameOf ?? ((ifindex) => `interface ${ifindex}`),
    buildDigest: asked.buildDigest,
  });
  return {
    instance: observation.instance,
    role: live.slot ? (live.slot.meta.role === roleNumbers.node ? 'node' : 'gateway') : undefined,
    live,
    slots,
    hooks: observation.hooks,
    missingHooks,
    drift,
    findings,
    rowCounts: Object.fromEntries(
      tables.map(({ name }) => [name, { rows: rows?.[name].count ?? 0, capacity: live.slot?.capacities[name] ?? 0 }]),
    ),
    tunnels: rows ? readTunnels(datapath, observation, rows, nowNs) : [],
    services: rows?.verify.count ?? 0,
    converged: findings.every(({ harmless }) => harmless) && live.state === 'running',
  };
}

function otherSlot(datapath: Datapath, { instance, slots }: Observation, { slot }: Live): TableRows[] {
  const other = slots[slot?.name === 'a' ? 'b' : 'a'];
  return other?.readable ? [readTables(datapath, instance, other.name)] : [];
}

function samePlace(a: HookPlace, b: HookPlace): boolean {
  return a.ifindex === b.ifindex && a.direction === b.direction;
}

function wantedHooks({ config: rows }: Pick<TableRows, 'config'>): HookPlace[] {
  return Array.from({ length: rows.count }, (_, at) => config.key.decode(rows.keys, at * rows.keySize)).flatMap(
    ({ ifindex, direction }) => {
      const name = directions[direction];
      return name ? [{ ifindex, direction: name }] : [];
    },
  );
}

/** Hooks that CONFIG has and that run nothing of ours. */
export function hooksWithout(rows: Pick<TableRows, 'config'>, hooks: readonly Hook[]): Status['missingHooks'] {
  return wantedHooks(rows).filter((wanted) => !hooks.some((hook) => samePlace(hook, wanted)));
}

/** On an interface that CONFIG does not have, or by TCX and clsact at once: a packet would be taken twice. */
function surplus(rows: TableRows, hooks: readonly Hook[]): Hook[] {
  const wanted = wantedHooks(rows);
  return hooks.filter(
    (hook) => !wanted.some((one) => samePlace(one, hook)) || hooks.find((other) => samePlace(other, hook)) !== hook,
  );
}

function readTunnels(datapath: Datapath, observation: Observation, rows: TableRows, nowNs: bigint): TunnelStatus[] {
  const peers = readPeers(datapath, observation, nowNs);
  const paths = readPaths(datapath, observation, nowNs);
  const list: TunnelStatus[] = [];
  for (let i = 0; i < rows.tunnel.count; i++) {
    const { id } = tunnel.key.decode(rows.tunnel.keys, i * rows.tunnel.keySize);
    const row = tunnel.value.decode(rows.tunnel.values, i * rows.tunnel.valueSize);
    const remote = remoteOf(row);
    const heard = peers.get(id);
    const known = heard?.epoch === row.epoch ? heard : undefined;
    const end = remote === 'learned' ? known?.remote : remote;
    const path = end && paths.get(pathName(row.localIp, end.ip));
    list.push({
      id,
      local: formatEndpoint(localOf(row)),
      remote: formatRemote(remote),
      learned:
        remote === 'learned' && known
          ? {
              remote: formatEndpoint(known.remote),
              ageMs: known.ageMs,
              moves: known.moves,
              signedNs: known.signedNs,
              isStale: isStale(known.ageMs, row.pingIntervalMs),
            }
          : undefined,
      path: path && path.mtuBytes < row.mtu ? path : undefined,
    });
  }
  return list.sort((a, b) => a.id - b.id);
}

const missedPings = 3;
/** Senders keep their interval to a tenth. */
const jitter = 1.1;

/** undefined: nobody says how often pings should come. */
export function isStale(ageMs: number, intervalMs: number): boolean | undefined {
  return intervalMs === 0 ? undefined : ageMs > missedPings * jitter * intervalMs;
}

export interface Peer {
  readonly epoch: bigint;
  readonly remote: Endpoint;
  readonly ageMs: number;
  readonly moves: number;
  readonly signedNs: bigint | undefined;
}

/** By tunnel id; rows of dead tunnels included: their epoch tells. */
export function readPeers(datapath: Datapath, observation: Observation, nowNs: bigint): Map<number, Peer> {
  const peers = new Map<number, Peer>();
  if (!observation.learned) return peers;
  const rows = datapath.readLearned(observation.instance, 'peer');
  for (let i = 0; i < rows.count; i++) {
    const row = peer.value.decode(rows.values, i * rows.valueSize);
    peers.set(peer.key.decode(rows.keys, i * rows.keySize).tunnel, {
      epoch: row.epoch,
      remote: { ip: row.remoteIp, port: row.remotePort as Port },
      ageMs: Number((nowNs - row.lastSeenNs) / 1_000_000n),
      moves: row.moves,
      signedNs: row.sequence || undefined,
    });
  }
  return peers;
}

/** By pathName of both ends; what is over is left out. */
function readPaths(datapath: Datapath, observation: Observation, nowNs: bigint): Map<string, LoweredPath> {
  const paths = new Map<string, LoweredPath>();
  if (!observation.learned) return paths;
  const rows = datapath.readLearned(observation.instance, 'path');
  for (let i = 0; i < rows.count; i++) {
    const { localIp, remoteIp } = pathTable.key.decode(rows.keys, i * rows.keySize);
    const { mtu, untilNs } = pathTable.value.decode(rows.values, i * rows.valueSize);
    if (untilNs > nowNs)
      paths.set(pathName(localIp, remoteIp), { mtuBytes: mtu, forMs: Number((untilNs - nowNs) / 1_000_000n) });
  }
  return paths;
}

function pathName(local: Ip, remote: Ip): string {
  return `${local} ${remote}`;
}
