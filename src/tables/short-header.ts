// SHORT (map short_header): which tunnel with the short header lies between two endpoints.
import { be16, ip, layout, u32 } from '../layout/layout.ts';
import { endText, type RowEnd, readEndpoint, refer } from './key-words.ts';
import type { Table } from './table.ts';
import { tunnel } from './tunnel.ts';

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
  keyExample: '172.1.0.3:6080 > 172.1.0.4:6080',
  keyText: (k) => `${endText(localOf(k))} > ${endText(remoteOf(k))}`,
  readKey: (scanner) => {
    const local = readEndpoint(scanner);
    scanner.oneOf(['>']);
    const remote = readEndpoint(scanner);
    return { localIp: local.ip, localPort: local.port, remoteIp: remote.ip, remotePort: remote.port };
  },
  refers: (_key, v) => [refer(tunnel, { id: v.tunnel })],
  owner: (_key, v) => ({ kind: 'tunnel', id: v.tunnel }),
  // Its fields are TUNNEL's.
  describe: () => ({}),
  show: (k, v) => ({
    local: endText(localOf(k)),
    remote: endText(remoteOf(k)),
    tunnel: v.tunnel,
  }),
};

function localOf(key: ShortKey): RowEnd {
  return { ip: key.localIp, port: key.localPort };
}

function remoteOf(key: ShortKey): RowEnd {
  return { ip: key.remoteIp, port: key.remotePort };
}
