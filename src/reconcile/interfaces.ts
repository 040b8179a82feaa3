// Names of interfaces → indexes, in the network namespace of the caller. No name: the interface of the IPv4 default route.
// Those that services name under `via` need not be attached to.
import type { HostInterface } from '../datapath/port.ts';
import { type Place, type Problem, problem } from '../problem.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { Topology } from '../topology/topology.ts';

export interface ResolvedInterfaces {
  /** Sorted by index. */
  readonly interfaces: readonly ResolvedInterface[];
  /** Indexes of the interfaces that services name under `via`, by name. */
  readonly entries: ReadonlyMap<string, number>;
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
    else problems.push(missing(`interface "${one.name}"`, one.place, host));
  }
  const entries = new Map<string, number>();
  for (const { name, via, place } of topology.services) {
    if (typeof via === 'string' || entries.has(via.interface)) continue;
    const found = host.find((one) => one.name === via.interface);
    if (found) entries.set(via.interface, found.ifindex);
    else problems.push(missing(`interface "${via.interface}" (via of service "${name}")`, place, host));
  }
  return { interfaces: interfaces.sort((a, b) => a.ifindex - b.ifindex), entries, problems };
}

export function missing(what: string, place: Place, host: readonly HostInterface[]): Problem {
  return problem('interface-missing', `${what} does not exist here`, {
    place,
    hint: `interfaces here are ${host.map(({ name }) => name).join(', ')}`,
  });
}
