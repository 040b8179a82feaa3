// TUNNEL: both ends of each tunnel.
import { be16, ip, layout, u32, u64 } from '../layout/layout.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import type { Table } from './table.ts';

export const tunnelFlags = { learned: 1, mtuGiven: 2 } as const;

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
          flags:
            (one.remote === 'learned' ? tunnelFlags.learned : 0) | (given === undefined ? 0 : tunnelFlags.mtuGiven),
          mtu,
        },
        origin,
      );
    });
  },
  owner: ({ id }) => ({ kind: 'tunnel', id }),
  describe: (_key, v) => ({
    local: formatEndpoint(localOf(v)),
    remote: formatRemote(remoteOf(v)),
    remoteId: String(v.remoteId),
    mtu: v.flags & tunnelFlags.mtuGiven ? String(v.mtu) : `${v.mtu} (path)`,
    ping: v.pingIntervalMs ? `${v.pingIntervalMs / 1000}s` : 'none',
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
    epoch: Number(v.epoch),
  }),
};

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
