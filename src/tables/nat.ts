// NAT (node): {proxy, in} → endpoint and {endpoint, out} → proxy.
import { be16, ip, layout, pad, u8 } from '../layout/layout.ts';
import { protocolName, protocolNumbers } from '../net/endpoint.ts';
import type { Table } from './table.ts';

export const natDirections = { in: 0, out: 1 } as const;

const key = layout('nat_key', { ip, port: be16, protocol: u8, direction: u8 });
const value = layout('nat_value', { ip, port: be16, group: be16, service: be16, pad: pad(2) });

export type NatKey = ReturnType<typeof key.decode>;
export type NatValue = ReturnType<typeof value.decode>;

export const nat: Table<NatKey, NatValue> = {
  name: 'nat',
  title: 'proxy to endpoint, and back',
  key,
  value,
  want({ topology }, emit) {
    if (topology.role !== 'node') return;
    topology.services.forEach((service, origin) => {
      const protocol = protocolNumbers[service.protocol];
      const whose = { group: service.group, service: service.id };
      emit({ ...service.proxy, protocol, direction: natDirections.in }, { ...service.endpoint, ...whose }, origin);
      emit({ ...service.endpoint, protocol, direction: natDirections.out }, { ...service.proxy, ...whose }, origin);
    });
  },
  owner: (_key, { group, service }) => ({ kind: 'service', group, id: service }),
  describe: (k, v) => ({
    protocol: protocolName(k.protocol) ?? String(k.protocol),
    ...(k.direction === natDirections.in
      ? { proxy: `${k.ip}:${k.port}`, endpoint: `${v.ip}:${v.port}` }
      : { proxy: `${v.ip}:${v.port}`, endpoint: `${k.ip}:${k.port}` }),
  }),
  show: (k, v) => ({
    direction: k.direction === natDirections.in ? 'in' : 'out',
    from: `${protocolName(k.protocol) ?? k.protocol} ${k.ip}:${k.port}`,
    to: `${v.ip}:${v.port}`,
    group: v.group,
    service: v.service,
  }),
};
