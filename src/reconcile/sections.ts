// What `show` shows: the live tables in the words of the file, and what the datapath learned. No key is among it.
import type { Datapath, Observation } from '../datapath/port.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { formatPrefix } from '../net/prefix.ts';
import { config } from '../tables/config.ts';
import { protocolText } from '../tables/key-words.ts';
import { flow } from '../tables/learned.ts';
import type { Rows } from '../tables/rows.ts';
import { endpointText } from '../tables/table.ts';
import { formatRemote, tunnel } from '../tables/tunnel.ts';
import { ingest } from './ingest.ts';
import { readPeers, readStatus } from './status.ts';
import { readLive } from './verify.ts';

export const sectionNames = ['tunnels', 'services', 'config', 'peers', 'flows', 'attachments'] as const;
export type SectionName = (typeof sectionNames)[number];

/** Fields of one row, in the order of their columns. */
export type SectionRow = Readonly<Record<string, string | number>>;
export type Sections = Partial<Record<SectionName, readonly SectionRow[]>>;

/** @param nowNs CLOCK_MONOTONIC */
export function readSections(
  datapath: Datapath,
  observation: Observation,
  names: readonly SectionName[],
  interfaceName: (ifindex: number) => string,
  nowNs: bigint,
): Sections {
  const rows = readLive(datapath, observation);
  const live = rows && ingest(observation.instance, rows, interfaceName).topology;
  // A gateway stores neither where servers listen nor how they reply: what is not there is not shown.
  const isNode = live?.role === 'node';
  const mtus = rows && readMtus(rows.tunnel);
  const read: Readonly<Record<SectionName, () => readonly SectionRow[]>> = {
    tunnels: () =>
      (live?.tunnels ?? []).map((one) => ({
        tunnel: one.id,
        local: formatEndpoint(one.local),
        remote: formatRemote(one.remote),
        ...(isNode && { remoteId: one.remoteId }),
        pingMs: one.pingIntervalMs,
        mtu: mtus?.get(one.id) ?? 0,
        header: one.header,
        source: one.source,
        sourcePort: one.sourcePort,
        sign: one.sign === 'none' ? one.sign : one.sign.required ? 'required' : 'accepted',
        ...(!isNode && {
          allowFrom: one.allowFrom.map(formatPrefix).join(',') || 'anywhere',
          movesPerMinute: one.movesPerMinute,
        }),
      })),
    services: () =>
      (live?.services ?? []).map((one) => ({
        group: one.group,
        id: one.id,
        protocol: one.protocol,
        proxy: formatEndpoint(one.proxy),
        ...(isNode && { endpoint: formatEndpoint(one.endpoint) }),
        tunnels: one.tunnels.join(','),
        ...(isNode && { mode: one.mode }),
        previousKey: one.previousKey === 'none' ? one.previousKey : 'accepted',
        ...(isNode ? { fallback: one.fallback } : { via: typeof one.via === 'string' ? one.via : one.via.interface }),
        echo: one.echo,
      })),
    config: () => (rows ? readConfig(rows.config, interfaceName) : []),
    peers: () => readPeerRows(datapath, observation, nowNs),
    flows: () => readFlows(datapath, observation),
    attachments: () =>
      observation.hooks.map(({ interfaceName: name, ifindex, direction, kind, slot, programId }) => ({
        interface: name,
        ifindex,
        direction,
        hook: kind,
        slot: slot ?? 'unknown',
        program: programId,
      })),
  };
  return Object.fromEntries(names.map((name) => [name, read[name]()]));
}

/** By tunnel id, whether the file gave them or the path. */
function readMtus(rows: Rows): ReadonlyMap<number, number> {
  const mtus = new Map<number, number>();
  for (let i = 0; i < rows.count; i++) {
    const { id } = tunnel.key.decode(rows.keys, i * rows.keySize);
    mtus.set(id, tunnel.value.decode(rows.values, i * rows.valueSize).mtu);
  }
  return mtus;
}

function readConfig(rows: Rows, interfaceName: (ifindex: number) => string): SectionRow[] {
  const list: SectionRow[] = [];
  for (let i = 0; i < rows.count; i++) {
    const key = config.key.decode(rows.keys, i * rows.keySize);
    const value = config.value.decode(rows.values, i * rows.valueSize);
    list.push({ interface: interfaceName(key.ifindex), ...config.show(key, value) });
  }
  return list.sort((a, b) => Number(a.ifindex) - Number(b.ifindex) || (a.direction === 'ingress' ? -1 : 1));
}

/** Rows of dead tunnels are there until they are forgotten; `current` says whether the live tunnel takes this one. */
function readPeerRows(datapath: Datapath, observation: Observation, nowNs: bigint): SectionRow[] {
  const current = new Set(
    readStatus(datapath, observation, nowNs)
      .tunnels.filter(({ learned }) => learned)
      .map(({ id }) => id),
  );
  return [...readPeers(datapath, observation, nowNs)]
    .sort(([a], [b]) => a - b)
    .map(([tunnel, { remote, ageMs, moves, signedNs }]) => ({
      tunnel,
      remote: formatEndpoint(remote),
      ageMs,
      moves,
      signed: signedNs === undefined ? 'never' : new Date(Number(signedNs / 1_000_000n)).toISOString(),
      current: current.has(tunnel) ? 'yes' : 'no',
    }));
}

function readFlows(datapath: Datapath, observation: Observation): SectionRow[] {
  if (!observation.learned) return [];
  const rows = datapath.readLearned(observation.instance, 'flow');
  const list: SectionRow[] = [];
  for (let i = 0; i < rows.count; i++) {
    const key = flow.key.decode(rows.keys, i * rows.keySize);
    const value = flow.value.decode(rows.values, i * rows.valueSize);
    list.push({
      protocol: protocolText(key.protocol),
      client: endpointText({ ip: key.clientIp, port: key.clientPort }),
      endpoint: endpointText({ ip: key.endpointIp, port: key.endpointPort }),
      tunnel: value.tunnel,
      group: value.group,
      id: value.service,
    });
  }
  return list.sort((a, b) => (`${a.endpoint} ${a.client}` < `${b.endpoint} ${b.client}` ? -1 : 1));
}
