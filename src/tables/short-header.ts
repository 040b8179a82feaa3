// SHORT (map short_header): which tunnel with the short header lies between two endpoints.
import { be16, ip, layout, u32 } from '../layout/layout.ts';
import { endpointText, type Table } from './table.ts';

const key = layout('short_key', { localIp: ip, remoteIp: ip, localPort: be16, remotePort: be16 });
const value = layout('short_value', { tunnel: u32 });

export type ShortKey = ReturnType<typeof key.decode>;
export type ShortValue = ReturnType<typeof value.decode>;

export const shortHeader: Table<ShortKey, ShortValue> = {
  name: 'short_header',
  title: 'tunnels with the short header, by their two ends',
  key,
  value,
  want({ topology }, emit) {
    topology.tunnels.forEach(({ id, header, local, remote }, origin) => {
      if (header !== 'short' || remote === 'learned') return;
      const ends = { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port };
      emit(ends, { tunnel: id }, origin);
    });
  },
  owner: (_key, { tunnel }) => ({ kind: 'tunnel', id: tunnel }),
  // Its fields are TUNNEL's.
  describe: () => ({}),
  show: (k, v) => ({
    local: endpointText({ ip: k.localIp, port: k.localPort }),
    remote: endpointText({ ip: k.remoteIp, port: k.remotePort }),
    tunnel: v.tunnel,
  }),
};
