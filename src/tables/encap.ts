// ENCAP (gateway): which tunnel carries what is sent to a proxy endpoint, and with which key; and with port 0 and tunnel 0, that
// an address is a proxy's, so that a fragment for it which nobody can place is dropped.
import { be16, bytes, ip, layout, pad, u8, u32 } from '../layout/layout.ts';
import { protocolName, protocolNumbers } from '../net/endpoint.ts';
import type { Ip } from '../net/ip.ts';
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
    const addresses = new Set<string>();
    topology.services.forEach((service, origin) => {
      const [tunnel] = service.tunnels;
      const protocol = protocolNumbers[service.protocol];
      const address = addressName(protocol, service.proxy.ip);
      if (!addresses.has(address)) {
        addresses.add(address);
        emit({ ip: service.proxy.ip, ifindex: 0, port: 0, protocol }, nobody, -1);
      }
      if (tunnel === undefined) throw new Error(`service ${service.group}/${service.id} has no tunnel`);
      emit(
        {
          ip: service.proxy.ip,
          ifindex: 0,
          port: service.proxy.port,
          protocol,
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
  owner: (k, { tunnel, group, service }) =>
    tunnel === 0
      ? { kind: 'shared', as: 'proxy-address', id: addressName(k.protocol, k.ip) }
      : { kind: 'service', group, id: service },
  describe: (k, v) =>
    v.tunnel === 0
      ? {}
      : {
          protocol: protocolName(k.protocol) ?? String(k.protocol),
          proxy: `${k.ip}:${k.port}`,
          tunnel: String(v.tunnel),
          key: v.key,
          counter: String(v.counter),
        },
  show: (k, v) => ({
    proxy: `${addressName(k.protocol, k.ip)}:${k.port}`,
    tunnel: v.tunnel,
    group: v.group,
    service: v.service,
  }),
};

const nobody: EncapValue = { key: new Uint8Array(16), tunnel: 0, counter: 0, group: 0, service: 0 };

function addressName(protocol: number, ip: Ip): string {
  return `${protocolName(protocol) ?? protocol} ${ip}`;
}
