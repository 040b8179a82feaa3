// A topology as a generation that nobody runs: for packets that are tried on a file alone. What a host would give is made up:
// indexes of interfaces, MTUs of paths, and keys, so that none is read.

import type { LearnedTable, Observation } from '../datapath/port.ts';
import { learnedNames } from '../tables/learned-maps.ts';
import type { ResolvedInterface } from '../tables/table.ts';
import type { ResolvedKey, Topology, TopologyKeys } from '../topology/topology.ts';
import { makePlan, type Plan } from './plan.ts';

/** No host has so many interfaces. */
const firstIndex = 1_000_001;
/** What a file means that names no interface. */
const defaultName = 'default';
const usualMtu = 1500;

/** Its problems are those of the topology alone. */
export function trialPlan(topology: Topology): Plan {
  const entries = new Map<string, number>();
  const index = (name: string): number => {
    const known = entries.get(name) ?? firstIndex + entries.size;
    entries.set(name, known);
    return known;
  };
  const named = topology.interfaces.length
    ? topology.interfaces
    : [{ name: defaultName, flags: topology.flags, place: topology.place }];
  const interfaces: ResolvedInterface[] = named.map((one) => ({ ...one, ifindex: index(one.name) }));
  for (const { via } of topology.services) if (typeof via !== 'string') index(via.interface);
  const names = new Map([...entries].map(([name, ifindex]) => [ifindex, name]));
  return makePlan({
    topology,
    interfaces,
    entries,
    pathMtus: new Map(topology.tunnels.map(({ id }) => [id, usualMtu])),
    keys: madeUpKeys(topology),
    epoch: 1n,
    observation: nothing(topology.name),
    liveRows: undefined,
    buildDigest: new Uint8Array(32),
    hookKind: 'tcx',
    forceKind: false,
    interfaceName: (ifindex) => names.get(ifindex) ?? `interface ${ifindex}`,
  });
}

/** All of them different. */
function madeUpKeys({ services, tunnels }: Topology): TopologyKeys {
  let made = 0;
  const make = (): ResolvedKey => {
    const key = new Uint8Array(16);
    new DataView(key.buffer).setUint32(0, ++made);
    return key;
  };
  return {
    services: services.map(make),
    previous: services.map(({ previousKey }) => (previousKey === 'none' ? 'none' : make())),
    signing: tunnels.map(({ sign }) => (sign === 'none' ? 'none' : make())),
  };
}

function nothing(instance: string): Observation {
  const none = Object.fromEntries(learnedNames.map((name) => [name, 0])) as Record<LearnedTable, number>;
  return {
    instance,
    exists: false,
    slots: {},
    hooks: [],
    learned: { capacities: none, ids: none },
    broken: [],
    missingPins: [],
    netnsInode: 0n,
    problems: [],
  };
}
