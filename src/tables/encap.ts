// ENCAP (gateway): which tunnel carries what is sent to a proxy endpoint, and with which key.
import { be16, bytes, ip, layout, pad, u8, u32 } from '../layout/layout.ts';
import { protocolName, protocolNumbers } from '../net/endpoint.ts';
import { serviceCounter, serviceKey, type Table } from './table.ts';

const key = layout('encap_key', { ip, ifindex: u32, port: be16, protocol: u8, pad: pad(1) });
const value = layout('encap_value', { key: bytes(16), tunnel: u32, counter: u32, group: be16, service: be16 });

export type EncapKey = ReturnType<typeof key.decode>;
export type EncapValue = ReturnType<typeof value.decode>;

export const encap: Table<EncapKey, EncapValue> = {
  name: 'encap',
  title: 'which tunnel carries what is sent to a proxy endpoint',
  key,
  value,
  want({ topology, assignments }, emit) {
    if (topology.role !== 'gateway') return;
    topology.services.forEach((service, origin) => {
      const [tunnel] = service.tunnels;
      if (tunnel === undefined) throw new Error(`service ${service.group}/${service.id} has no tunnel`);
      emit(
        {
          ip: service.proxy.ip,
          ifindex: 0,
          port: service.proxy.port,
          protocol: protocolNumbers[service.protocol],
        },
        {
          key: serviceKey(assignments, origin),
          tunnel,
          counter: serviceCounter(assignments, origin),
          group: service.group,
          service: service.id,
        },
        origin,
      );
    });
  },
  owner: (_key, { group, service }) => ({ kind: 'service', group, id: service }),
  describe: (k, v) => ({
    protocol: protocolName(k.protocol) ?? String(k.protocol),
    proxy: `${k.ip}:${k.port}`,
    tunnel: String(v.tunnel),
    key: v.key,
    counter: String(v.counter),
  }),
  show: (k, v) => ({
    proxy: `${protocolName(k.protocol) ?? k.protocol} ${k.ip}:${k.port}`,
    tunnel: v.tunnel,
    group: v.group,
    service: v.service,
  }),
};
