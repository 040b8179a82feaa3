// ENCAP (gateway): which tunnel carries what is sent to a proxy endpoint, and with which key. With port 0 it is about an address:
// of protocol TCP or UDP and tunnel 0, that it is a proxy's, so that a fragment for it which nobody can place is dropped; of
// ICMP, what becomes of echo requests to it: answered here (tunnel 0), or carried.
import { be16, bytes, ip, layout, pad, u8, u32 } from '../layout/layout.ts';
import { protocolNumbers } from '../net/endpoint.ts';
import { familyOf, type Ip } from '../net/ip.ts';
import type { Service } from '../topology/topology.ts';
import { endText, protocolText, readEnd, readInterface, readProtocol, refer } from './key-words.ts';
import { endpointText, serviceCounter, serviceKey, type Table } from './table.ts';
import { tunnel } from './tunnel.ts';
import { verify } from './verify.ts';

/** Values of `ifindex` that are no interface. */
export const entryNumbers = { any: 0, local: 0xffffffff } as const;
export const icmpNumbers = { 4: 1, 6: 58 } as const;

const key = layout('encap_key', { ip, ifindex: u32, port: be16, protocol: u8, pad: pad(1) });
const value = layout('encap_value', { key: bytes(16), tunnel: u32, counter: u32, group: be16, service: be16 });

export type EncapKey = ReturnType<typeof key.decode>;
export type EncapValue = ReturnType<typeof value.decode>;

export const encap: Table<EncapKey, EncapValue> = {
  name: 'encap',
  title: 'which tunnel carries what is sent to a proxy endpoint',
  key,
  value,
  want({ topology, assignments, entries }, emit) {
    if (topology.role !== 'gateway') return;
    const written = new Set<string>();
    const ofAddress = (ip: Ip, protocol: number, row: EncapValue, origin: number): void => {
      const name = addressName(protocol, ip);
      if (written.has(name)) return;
      written.add(name);
      emit({ ip, ifindex: entryNumbers.any, port: 0, protocol }, row, origin);
    };
    topology.services.forEach((service, origin) => {
      const { ip, port } = service.proxy;
      const protocol = protocolNumbers[service.protocol];
      const [first] = service.tunnels;
      if (first === undefined) throw new Error(`service ${service.group}/${service.id} has no tunnel`);
      const row = {
        key: serviceKey(assignments, origin),
        tunnel: first,
        counter: serviceCounter(assignments, origin),
        group: service.group,
        service: service.id,
      };
      ofAddress(ip, protocol, nobody, -1);
      emit({ ip, ifindex: entryOf(service, entries), port, protocol }, row, origin);
      const icmp = icmpNumbers[familyOf(ip)];
      if (service.echo === 'answer') ofAddress(ip, icmp, nobody, -1);
      if (service.echo === 'carry') ofAddress(ip, icmp, row, origin);
    });
  },
  keyExample: 'tcp 5.5.5.5:3100',
  keyText: (k, interfaceName) => {
    const proxy = `${protocolText(k.protocol)} ${endText(k)}`;
    return k.ifindex === entryNumbers.any ? proxy : `${proxy} via ${entryText(k.ifindex, interfaceName)}`;
  },
  readKey: (scanner, interfaceIndex) => {
    const protocol = readProtocol(scanner);
    const proxy = readEnd(scanner);
    if (scanner.peek().text === '') return { protocol, ...proxy, ifindex: entryNumbers.any };
    scanner.oneOf(['via']);
    const named = (name: string): number | undefined =>
      name === 'any' || name === 'local' ? entryNumbers[name] : interfaceIndex(name);
    return { protocol, ...proxy, ifindex: readInterface(scanner, named) };
  },
  refers: (_key, v) =>
    v.tunnel === 0 ? [] : [refer(tunnel, { id: v.tunnel }), refer(verify, { group: v.group, service: v.service })],
  owner: (k, { tunnel: id, group, service }) =>
    id === 0
      ? { kind: 'shared', as: 'proxy-address', id: addressName(k.protocol, k.ip) }
      : { kind: 'service', group, id: service },
  describe: (k, v, interfaceName) => {
    // What becomes of echo requests is VERIFY's to say: of several services of an address one has the row.
    if (k.port === 0) return {};
    return {
      protocol: protocolText(k.protocol),
      proxy: endpointText(k),
      via: entryText(k.ifindex, interfaceName),
      tunnel: String(v.tunnel),
      key: v.key,
      counter: String(v.counter),
    };
  },
  show: (k, v) =>
    v.tunnel === 0
      ? showAddress(k)
      : {
          proxy: `${protocolText(k.protocol)} ${endText(k)}`,
          via: entryText(k.ifindex, String),
          tunnel: v.tunnel,
          group: v.group,
          service: v.service,
        },
};

function showAddress({ protocol, ip }: EncapKey): Readonly<Record<string, string>> {
  const isEcho = Object.values<number>(icmpNumbers).includes(protocol);
  return isEcho ? { address: ip, echo: 'answered here' } : { address: ip, has: 'proxies of this protocol' };
}

const nobody: EncapValue = { key: new Uint8Array(16), tunnel: 0, counter: 0, group: 0, service: 0 };

function entryOf({ via }: Service, entries: ReadonlyMap<string, number>): number {
  if (via === 'any' || via === 'local') return entryNumbers[via];
  const ifindex = entries.get(via.interface);
  if (ifindex === undefined) throw new Error(`interface ${via.interface} was not resolved`);
  return ifindex;
}

function entryText(ifindex: number, interfaceName: (ifindex: number) => string): string {
  if (ifindex === entryNumbers.any) return 'any';
  return ifindex === entryNumbers.local ? 'local' : interfaceName(ifindex);
}

/** `via` as it is in the file; an index without a name has none there. */
export function viaOf({ ifindex }: EncapKey, interfaceName: (ifindex: number) => string | undefined): Service['via'] {
  if (ifindex === entryNumbers.any) return 'any';
  if (ifindex === entryNumbers.local) return 'local';
  return { interface: interfaceName(ifindex) ?? `gone:${ifindex}` };
}

function addressName(protocol: number, ip: Ip): string {
  return `${protocolText(protocol)} ${ip}`;
}
