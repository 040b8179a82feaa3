// Names of interfaces → indexes, in the network namespace of the caller. No name: the interface of the IPv4 default route.
import type { HostInterface } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { Topology } from '../topology/topology.ts';

export interface ResolvedInterfaces {
  /** Sorted by index. */
  readonly interfaces: readonly ResolvedInterface[];
  readonly problems: readonly Problem[];
}

export function resolveInterfaces(
  topology: Topology,
  host: readonly HostInterface[],
  defaultRouteInterface: string | undefined,
): ResolvedInterfaces {
  const problems: Problem[] = [];
  const wanted = topology.interfaces.length
    ? topology.interfaces
    : defaultRouteInterface === undefined
      ? []
      : [{ name: defaultRouteInterface, flags: topology.flags, place: topology.place }];
  if (wanted.length === 0)
    problems.push(
      problem('no-default-route', 'the file names no interface, and there is no IPv4 default route to take it from', {
        place: topology.place,
        hint: 'add `interfaces: [eth0]` with the interface that carries the tunnels',
      }),
    );
  const interfaces: ResolvedInterface[] = [];
  for (const one of wanted) {
    const found = host.find(({ name }) => name === one.name);
    if (found?.headerless)
      problems.push(
        problem(
          'not-ethernet',
          `interface "${one.name}" has no Ethernet header: services would leave it in the clear`,
          {
            place: one.place,
            hint: 'list an Ethernet interface (veth, bond, vlan and bridge are such), and route the proxies through it',
          },
        ),
      );
    else if (found) interfaces.push({ ...one, ifindex: found.ifindex });
    else
      problems.push(
        problem('interface-missing', `interface "${one.name}" does not exist here`, {
          place: one.place,
          hint: `interfaces here are ${host.map(({ name }) => name).join(', ')}`,
        }),
      );
  }
  return { interfaces: interfaces.sort((a, b) => a.ifindex - b.ifindex), problems };
}
