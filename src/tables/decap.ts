// DECAP: local endpoints on which GUE is accepted. Several tunnels may share one. An address from which GUE leaves with ports that are a
// flow's hash has a row with port 0 and no tunnels, by which errors about it are known.
import { be16, ip, layout, pad, u32 } from '../layout/layout.ts';
import { formatEndpoint } from '../net/endpoint.ts';
import { endText, readEnd } from './key-words.ts';
import { endpointText, type Table } from './table.ts';

const key = layout('decap_key', { ip, port: be16, pad: pad(2) });
const value = layout('decap_value', { tunnels: u32 });

export type DecapKey = ReturnType<typeof key.decode>;
export type DecapValue = ReturnType<typeof value.decode>;

export const decap: Table<DecapKey, DecapValue> = {
  name: 'decap',
  title: 'local endpoints on which GUE is accepted',
  key,
  value,
  want({ topology }, emit) {
    const shared = new Map<string, { ip: DecapKey['ip']; port: number; tunnels: number }>();
    for (const { local, sourcePort } of topology.tunnels) {
      const name = formatEndpoint(local);
      const known = shared.get(name);
      if (known) known.tunnels++;
      else shared.set(name, { ...local, tunnels: 1 });
      if (sourcePort === 'flow-hash') shared.set(local.ip, { ip: local.ip, port: 0, tunnels: 0 });
    }
    for (const local of shared.values()) emit({ ip: local.ip, port: local.port }, { tunnels: local.tunnels }, -1);
  },
  keyExample: '172.1.0.3:6080',
  keyText: endText,
  readKey: readEnd,
  refers: () => [],
  owner: (k) => ({ kind: 'shared', as: 'local-endpoint', id: k.port === 0 ? k.ip : endpointText(k) }),
  describe: (k, v) =>
    k.port === 0 ? { ports: "flows' hashes" } : { local: endpointText(k), tunnels: String(v.tunnels) },
  show: (k, v) =>
    k.port === 0 ? { local: k.ip, ports: "flows' hashes" } : { local: endpointText(k), tunnels: v.tunnels },
};
