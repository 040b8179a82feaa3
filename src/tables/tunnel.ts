// TUNNEL: both ends of each tunnel.
import { be16, ip, layout, pad, u32, u64 } from '../layout/layout.ts';
import type { Endpoint, Port } from '../net/endpoint.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import type { Table } from './table.ts';

export const tunnelFlags = { learned: 1 } as const;

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
  pad: pad(4),
});

export type TunnelKey = ReturnType<typeof key.decode>;
export type TunnelValue = ReturnType<typeof value.decode>;

export const tunnel: Table<TunnelKey, TunnelValue> = {
  name: 'tunnel',
  title: 'both ends of each tunnel',
  key,
  value,
  want({ topology, assignments }, emit) {
    topology.tunnels.forEach((one, origin) => {
      const assigned = assignments.tunnels.get(one.id);
      if (!assigned) throw new Error(`tunnel ${one.id} has no assignment`);
      const learned = one.remote === 'learned';
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
          flags: learned ? tunnelFlags.learned : 0,
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
    ping: v.pingIntervalMs ? `${v.pingIntervalMs / 1000}s` : 'none',
    epoch: String(v.epoch),
    counter: String(v.counter),
  }),
  show: (k, v) => ({
    tunnel: k.id,
    local: formatEndpoint(localOf(v)),
    remote: formatRemote(remoteOf(v)),
    remoteId: v.remoteId,
    ping: v.pingIntervalMs ? `${v.pingIntervalMs / 1000}s` : '-',
    epoch: Number(v.epoch),
  }),
};

export function localOf(row: TunnelValue): Endpoint {
  return { ip: row.localIp, port: row.localPort as Port };
}

export function remoteOf(row: TunnelValue): Endpoint | 'learned' {
  return row.flags & tunnelFlags.learned ? 'learned' : { ip: row.remoteIp, port: row.remotePort as Port };
}

export function formatRemote(remote: Endpoint | 'learned'): string {
  return remote === 'learned' ? remote : formatEndpoint(remote);
}
