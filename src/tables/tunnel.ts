// TUNNEL: both ends of each tunnel.
import { be16, bytes, ip, layout, pad, u32, u64 } from '../layout/layout.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import type { Tunnel } from '../topology/topology.ts';
import { decap } from './decap.ts';
import { refer, tunnelIds } from './key-words.ts';
import type { Table } from './table.ts';

export const tunnelFlags = {
  learned: 1,
  mtuGiven: 2,
  short: 4,
  strict: 8,
  hashPort: 16,
  signed: 32,
  signRequired: 64,
  allow: 128,
} as const;

const key = layout('tunnel_key', { id: u32 });
const value = layout('tunnel_value', {
  epoch: u64,
  localIp: ip,
  remoteIp: ip,
  localPort: be16,
  remotePort: be16,
  counter: u32,
  remoteId: u32,
  pingIntervalMs: u32,
  flags: u32,
  mtu: u32,
  /** Of a learned remote; 0: any number. */
  movesPerMinute: u32,
  pad: pad(4),
  /** Zero unless flag `signed`. */
  signKey: bytes(16),
});

export type TunnelKey = ReturnType<typeof key.decode>;
export type TunnelValue = ReturnType<typeof value.decode>;

export const tunnel: Table<TunnelKey, TunnelValue> = {
  name: 'tunnel',
  title: 'both ends of each tunnel',
  key,
  value,
  want({ topology, assignments, pathMtus }, emit) {
    topology.tunnels.forEach((one, origin) => {
      const assigned = assignments.tunnels.get(one.id);
      if (!assigned) throw new Error(`tunnel ${one.id} has no assignment`);
      const given = one.mtuBytes === 'path' ? undefined : one.mtuBytes;
      const mtu = given ?? pathMtus.get(one.id);
      if (mtu === undefined) throw new Error(`tunnel ${one.id} has no MTU`);
      emit(
        { id: one.id },
        {
          epoch: assigned.epoch,
          localIp: one.local.ip,
          localPort: one.local.port,
          remoteIp: one.remote === 'learned' ? unspecifiedIp : one.remote.ip,
          remotePort: one.remote === 'learned' ? 0 : one.remote.port,
          counter: assigned.counter,
          remoteId: one.remoteId,
          pingIntervalMs: one.pingIntervalMs,
          flags: flagsOf(one),
          mtu,
          movesPerMinute: one.movesPerMinute,
          signKey: assigned.signKey ?? noKey,
        },
        origin,
      );
    });
  },
  keyExample: '100',
  keyText: ({ id }) => String(id),
  readKey: (scanner) => ({ id: scanner.number(tunnelIds) }),
  refers: (_key, v) => [refer(decap, { ip: v.localIp, port: v.localPort })],
  owner: ({ id }) => ({ kind: 'tunnel', id }),
  describe: (_key, v) => ({
    local: formatEndpoint(localOf(v)),
    remote: formatRemote(remoteOf(v)),
    remoteId: String(v.remoteId),
    mtu: v.flags & tunnelFlags.mtuGiven ? String(v.mtu) : `${v.mtu} (path)`,
    ping: v.pingIntervalMs ? `${v.pingIntervalMs / 1000}s` : 'none',
    header: headerOf(v),
    source: sourceOf(v),
    sourcePort: sourcePortOf(v),
    sign: signingOf(v),
    signKey: v.flags & tunnelFlags.signed ? v.signKey : 'none',
    // The prefixes are ALLOW's.
    allowFrom: v.flags & tunnelFlags.allow ? [] : ['anywhere'],
    movesPerMinute: v.movesPerMinute ? String(v.movesPerMinute) : 'no limit',
    epoch: String(v.epoch),
    counter: String(v.counter),
  }),
  show: (k, v) => ({
    tunnel: k.id,
    local: formatEndpoint(localOf(v)),
    remote: formatRemote(remoteOf(v)),
    remoteId: v.remoteId,
    mtu: v.mtu,
    ping: v.pingIntervalMs ? `${v.pingIntervalMs / 1000}s` : '-',
    header: headerOf(v),
    source: sourceOf(v),
    sourcePort: sourcePortOf(v),
    sign: signingOf(v),
    movesPerMinute: v.movesPerMinute,
    epoch: String(v.epoch),
  }),
};

/** Without a key: the row's bytes say nothing. */
const noKey = new Uint8Array(16);

function flagsOf({ remote, mtuBytes, header, source, sourcePort, sign, allowFrom }: Tunnel): number {
  return (
    (remote === 'learned' ? tunnelFlags.learned : 0) |
    (mtuBytes === 'path' ? 0 : tunnelFlags.mtuGiven) |
    (header === 'short' ? tunnelFlags.short : 0) |
    (source === 'strict' ? tunnelFlags.strict : 0) |
    (sourcePort === 'flow-hash' ? tunnelFlags.hashPort : 0) |
    (sign === 'none' ? 0 : tunnelFlags.signed | (sign.required ? tunnelFlags.signRequired : 0)) |
    (allowFrom.length ? tunnelFlags.allow : 0)
  );
}

export function headerOf({ flags }: TunnelValue): Tunnel['header'] {
  return flags & tunnelFlags.short ? 'short' : 'keyed';
}

export function sourceOf({ flags }: TunnelValue): Tunnel['source'] {
  return flags & tunnelFlags.strict ? 'strict' : 'by-key';
}

export function sourcePortOf({ flags }: TunnelValue): Tunnel['sourcePort'] {
  return flags & tunnelFlags.hashPort ? 'flow-hash' : 'local';
}

export function signingOf({ flags }: TunnelValue): 'none' | 'accepted' | 'required' {
  if (!(flags & tunnelFlags.signed)) return 'none';
  return flags & tunnelFlags.signRequired ? 'required' : 'accepted';
}

export function localOf(row: TunnelValue): Endpoint {
  return { ip: row.localIp, port: row.localPort as Port };
}

export function mtuOf(row: TunnelValue): number | 'path' {
  return row.flags & tunnelFlags.mtuGiven ? row.mtu : 'path';
}

export function remoteOf(row: TunnelValue): Endpoint | 'learned' {
  return row.flags & tunnelFlags.learned ? 'learned' : { ip: row.remoteIp, port: row.remotePort as Port };
}

export function formatRemote(remote: Endpoint | 'learned'): string {
  return remote === 'learned' ? remote : formatEndpoint(remote);
}
