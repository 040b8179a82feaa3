// VERIFY: what a {group, service} may do: its key, its one inner endpoint, its tunnels.
import { be16, bytes, ip, layout, u8, u32, u32s } from '../layout/layout.ts';
import { protocolName, protocolNumbers } from '../net/endpoint.ts';
import { serviceCounter, serviceKey, type Table } from './table.ts';

export const serviceFlags = { dso: 1, flow: 2 } as const;
export const tunnelsPerService = 4;

const key = layout('verify_key', { group: be16, service: be16 });
const value = layout('verify_value', {
  key: bytes(16),
  proxyIp: ip,
  tunnels: u32s(tunnelsPerService),
  counter: u32,
  proxyPort: be16,
  protocol: u8,
  flags: u8,
});

export type VerifyKey = ReturnType<typeof key.decode>;
export type VerifyValue = ReturnType<typeof value.decode>;

export const verify: Table<VerifyKey, VerifyValue> = {
  name: 'verify',
  title: 'what the key of a service opens',
  key,
  value,
  want({ topology, assignments }, emit) {
    topology.services.forEach((service, origin) => {
      emit(
        { group: service.group, service: service.id },
        {
          key: serviceKey(assignments, origin),
          proxyIp: service.proxy.ip,
          proxyPort: service.proxy.port,
          protocol: protocolNumbers[service.protocol],
          tunnels: service.tunnels,
          counter: serviceCounter(assignments, origin),
          flags: (service.mode === 'dso' ? serviceFlags.dso : 0) | (service.tunnels.length > 1 ? serviceFlags.flow : 0),
        },
        origin,
      );
    });
  },
  owner: ({ group, service }) => ({ kind: 'service', group, id: service }),
  describe: (_key, v) => ({
    protocol: protocolName(v.protocol) ?? String(v.protocol),
    proxy: `${v.proxyIp}:${v.proxyPort}`,
    tunnel: v.tunnels.filter(Boolean).join(', '),
    key: v.key,
    mode: v.flags & serviceFlags.dso ? 'dso' : 'standard',
    counter: String(v.counter),
  }),
  show: (k, v) => ({
    group: k.group,
    service: k.service,
    proxy: `${protocolName(v.protocol) ?? v.protocol} ${v.proxyIp}:${v.proxyPort}`,
    tunnels: v.tunnels.filter(Boolean).join(','),
    mode: v.flags & serviceFlags.dso ? 'dso' : 'standard',
  }),
};
