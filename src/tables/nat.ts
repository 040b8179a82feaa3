// NAT (node): {endpoint, out} → proxy and whose it is; {proxy, in} → endpoint of services behind tunnels with the short header,
// whose packets name no service. An endpoint that several services have has one row out, which names none of them: FLOW tells
// whose reply it is.
import { be16, ip, layout, pad, u8 } from '../layout/layout.ts';
import { protocolNumbers } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import { endText, protocolText, readEndpoint, readProtocol, refer } from './key-words.ts';
import { endpointText, type Table } from './table.ts';
import { endpointName, sharedEndpoints, verify } from './verify.ts';

export const natDirections = { in: 0, out: 1 } as const;
export const natFlags = { shared: 1 } as const;

const key = layout('nat_key', { ip, port: be16, protocol: u8, direction: u8 });
const value = layout('nat_value', { ip, port: be16, group: be16, service: be16, flags: u8, pad: pad(1) });

export type NatKey = ReturnType<typeof key.decode>;
export type NatValue = ReturnType<typeof value.decode>;

export const nat: Table<NatKey, NatValue> = {
  name: 'nat',
  title: 'proxy to endpoint, and back',
  key,
  value,
  want({ topology }, emit) {
    if (topology.role !== 'node') return;
    const shared = sharedEndpoints(topology);
    const written = new Set<string>();
    const short = new Set(topology.tunnels.flatMap(({ id, header }) => (header === 'short' ? [id] : [])));
    topology.services.forEach((service, origin) => {
      const protocol = protocolNumbers[service.protocol];
      const whose = { group: service.group, service: service.id, flags: 0 };
      if (service.tunnels.some((id) => short.has(id)))
        emit({ ...service.proxy, protocol, direction: natDirections.in }, { ...service.endpoint, ...whose }, origin);
      const back = { ...service.endpoint, protocol, direction: natDirections.out };
      const name = endpointName(service);
      if (!shared.has(name)) emit(back, { ...service.proxy, ...whose }, origin);
      else if (!written.has(name)) emit(back, anyOf, -1);
      written.add(name);
    });
  },
  keyExample: 'out tcp 10.0.0.1:80',
  keyText: (k) => `${directionText(k)} ${protocolText(k.protocol)} ${endText(k)}`,
  readKey: (scanner) => {
    const direction = natDirections[scanner.oneOf(['in', 'out'])];
    const protocol = readProtocol(scanner);
    return { direction, protocol, ...readEndpoint(scanner) };
  },
  refers: (_key, v) => (v.flags & natFlags.shared ? [] : [refer(verify, { group: v.group, service: v.service })]),
  owner: (k, { group, service, flags }) =>
    flags & natFlags.shared
      ? { kind: 'shared', as: 'shared-endpoint', id: `${protocolText(k.protocol)} ${endpointText(k)}` }
      : { kind: 'service', group, id: service },
  // All that it says is VERIFY's; a row out comes and goes with other services of its endpoint.
  describe: () => ({}),
  show: (k, v) => ({
    direction: directionText(k),
    from: `${protocolText(k.protocol)} ${endpointText(k)}`,
    to: v.flags & natFlags.shared ? 'as its flow came' : endpointText(v),
    group: v.group,
    service: v.service,
  }),
};

const anyOf: NatValue = { ip: unspecifiedIp, port: 0, group: 0, service: 0, flags: natFlags.shared };

function directionText({ direction }: NatKey): keyof typeof natDirections {
  return direction === natDirections.in ? 'in' : 'out';
}
