// What a topology uses at all: FEATURE_* of bpf/include/tables.h, a constant of the load. What no topology asks for is dead code.
import { familyOf } from '../net/ip.ts';
import type { Topology } from '../topology/topology.ts';

export const featureBits = { ipv6: 1, via: 2, short: 4, echo: 8 } as const;

export function topologyFeatures({ tunnels, services }: Topology): number {
  const addresses = [
    ...tunnels.flatMap(({ local, remote, allowFrom }) => [
      local.ip,
      ...(remote === 'learned' ? [] : [remote.ip]),
      ...allowFrom.map(({ ip }) => ip),
    ]),
    ...services.flatMap(({ proxy, endpoint }) => [proxy.ip, endpoint.ip]),
  ];
  return (
    (addresses.some((ip) => familyOf(ip) === 6) ? featureBits.ipv6 : 0) |
    (services.some(({ via }) => via !== 'any') ? featureBits.via : 0) |
    (tunnels.some(({ header }) => header === 'short') ? featureBits.short : 0) |
    (services.some(({ echo }) => echo !== 'pass') ? featureBits.echo : 0)
  );
}
