// VERIFY: what a {group, service} may do: its key, its one inner endpoint, its tunnels.
import { be16, bytes, ip, layout, pad, u8, u32, u32s } from '../layout/layout.ts';
import { type Endpoint, formatEndpoint, type Port, protocolName, protocolNumbers } from '../net/endpoint.ts';
import { unspecifiedIp } from '../net/ip.ts';
import type { Service, Topology } from '../topology/topology.ts';
import { refer } from './key-words.ts';
import { serviceCounter, serviceKey, type Table } from './table.ts';
import { tunnel } from './tunnel.ts';

/** `echoAnswered` is for user space alone: the row of ENCAP that answers belongs to all services of its address. */
export const serviceFlags = { dso: 1, flow: 2, pass: 4, echo: 8, previousKey: 16, echoAnswered: 32 } as const;
export const tunnelsPerService = 4;

const key = layout('verify_key', { group: be16, service: be16 });
const value = layout('verify_value', {
  key: bytes(16),
  proxyIp: ip,
  /** On a node: where the server is. */
  endpointIp: ip,
  tunnels: u32s(tunnelsPerService),
  counter: u32,
  proxyPort: be16,
  endpointPort: be16,
  protocol: u8,
  flags: u8,
  pad: pad(2),
  /** Accepted, never sent; zero unless flag `previousKey`. */
  previousKey: bytes(16),
});

export type VerifyKey = ReturnType<typeof key.decode>;
export type VerifyValue = ReturnType<typeof value.decode>;

export const verify: Table<VerifyKey, VerifyValue> = {
  name: 'verify',
  title: 'what the key of a service opens',
  key,
  value,
  want({ topology, assignments }, emit) {
    const shared = sharedEndpoints(topology);
    topology.services.forEach((service, origin) => {
      const previousKey = assignments.previousKeys[origin];
      emit(
        { group: service.group, service: service.id },
        {
          key: serviceKey(assignments, origin),
          previousKey: previousKey ?? noKey,
          proxyIp: service.proxy.ip,
          proxyPort: service.proxy.port,
          ...(topology.role === 'node'
            ? { endpointIp: service.endpoint.ip, endpointPort: service.endpoint.port }
            : { endpointIp: unspecifiedIp, endpointPort: 0 }),
          protocol: protocolNumbers[service.protocol],
          tunnels: service.tunnels,
          counter: serviceCounter(assignments, origin),
          flags:
            flagsOf(service) |
            (previousKey ? serviceFlags.previousKey : 0) |
            (topology.role === 'node' && remembersFlows(service, shared) ? serviceFlags.flow : 0),
        },
        origin,
      );
    });
  },
  keyExample: '2/1',
  keyText: ({ group, service }) => `${group}/${service}`,
  readKey: (scanner) => scanner.word(serviceIn, 'a service as GROUP/ID, such as 2/1'),
  refers: (_key, v) => v.tunnels.filter(Boolean).map((id) => refer(tunnel, { id })),
  owner: ({ group, service }) => ({ kind: 'service', group, id: service }),
  describe: (_key, v) => ({
    protocol: protocolName(v.protocol) ?? String(v.protocol),
    proxy: formatEndpoint(proxyOf(v)),
    ...(v.endpointPort && { endpoint: formatEndpoint(endpointOf(v)) }),
    tunnel: v.tunnels.filter(Boolean).join(', '),
    key: v.key,
    previousKey: v.flags & serviceFlags.previousKey ? v.previousKey : 'none',
    mode: modeOf(v),
    fallback: fallbackOf(v),
    echo: echoOf(v),
    flows: v.flags & serviceFlags.flow ? 'remembered' : 'not remembered',
    counter: String(v.counter),
  }),
  show: (k, v) => ({
    group: k.group,
    service: k.service,
    proxy: `${protocolName(v.protocol) ?? v.protocol} ${formatEndpoint(proxyOf(v))}`,
    ...(v.endpointPort && { endpoint: formatEndpoint(endpointOf(v)) }),
    tunnels: v.tunnels.filter(Boolean).join(','),
    mode: modeOf(v),
    fallback: fallbackOf(v),
    echo: echoOf(v),
  }),
};

function serviceIn(text: string): VerifyKey | undefined {
  const match = /^(\d{1,5})\/(\d{1,5})$/.exec(text);
  const [group, service] = [Number(match?.[1]), Number(match?.[2])];
  return group <= 65535 && service <= 65535 ? { group, service } : undefined;
}

const noKey = new Uint8Array(16);

function flagsOf({ mode, fallback, echo }: Service): number {
  return (
    (mode === 'dso' ? serviceFlags.dso : 0) |
    (fallback === 'pass' ? serviceFlags.pass : 0) |
    (echo === 'carry' ? serviceFlags.echo : 0) |
    (echo === 'answer' ? serviceFlags.echoAnswered : 0)
  );
}

/** Of a node: where the first tunnel would not always be the right answer. */
function remembersFlows(service: Service, shared: ReadonlySet<string>): boolean {
  return service.tunnels.length > 1 || service.fallback === 'pass' || shared.has(endpointName(service));
}

/** Of a node: those that several services have. */
export function sharedEndpoints({ role, services }: Topology): ReadonlySet<string> {
  const seen = new Set<string>();
  const shared = new Set<string>();
  if (role !== 'node') return shared;
  for (const service of services) {
    const name = endpointName(service);
    if (seen.has(name)) shared.add(name);
    else seen.add(name);
  }
  return shared;
}

/** `tcp 10.0.0.1:80`. */
export function endpointName({ protocol, endpoint }: Pick<Service, 'protocol' | 'endpoint'>): string {
  return `${protocol} ${formatEndpoint(endpoint)}`;
}

export function proxyOf(row: VerifyValue): Endpoint {
  return { ip: row.proxyIp, port: row.proxyPort as Port };
}

/** Of a node; a gateway's has port 0. */
export function endpointOf(row: VerifyValue): Endpoint {
  return { ip: row.endpointIp, port: row.endpointPort as Port };
}

export function modeOf({ flags }: VerifyValue): Service['mode'] {
  return flags & serviceFlags.dso ? 'dso' : 'standard';
}

export function fallbackOf({ flags }: VerifyValue): Service['fallback'] {
  return flags & serviceFlags.pass ? 'pass' : 'first';
}

export function echoOf({ flags }: VerifyValue): Service['echo'] {
  if (flags & serviceFlags.echo) return 'carry';
  return flags & serviceFlags.echoAnswered ? 'answer' : 'pass';
}
