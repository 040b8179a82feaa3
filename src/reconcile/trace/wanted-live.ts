// A topology as the rows that are live have it: what no file says (keys, epochs, counters, MTUs of paths) is taken from them, so that
// a row which the file explains is the same to the last byte.
import type { HostInterface, Observation } from '../../datapath/port.ts';
import { config } from '../../tables/config.ts';
import { keyAt, valueAt } from '../../tables/rows.ts';
import type { Wanted } from '../../tables/table.ts';
import { tunnel } from '../../tables/tunnel.ts';
import type { Topology, TopologyKeys } from '../../topology/topology.ts';
import { assign } from '../assign.ts';
import type { TableRows } from '../digest.ts';
import { resolveInterfaces } from '../interfaces.ts';
import { resolveLocals } from '../locals.ts';
import { assignmentsIn } from '../plan.ts';

export function wantedLive(
  written: Topology,
  rows: TableRows,
  observation: Observation,
  here: readonly HostInterface[],
): Wanted {
  const { topology } = resolveLocals(written, here, rows.tunnel);
  const { interfaces, entries } = resolveInterfaces(topology, here, defaultInterface(rows, here));
  const { assignments } = assign(topology, keptKeys(topology), assignmentsIn(rows, observation), 0n);
  return {
    topology,
    interfaces,
    entries: withGone(topology, entries),
    assignments,
    pathMtus: liveMtus(topology, rows),
  };
}

/** What a file that names none has got. */
function defaultInterface(rows: TableRows, here: readonly HostInterface[]): string | undefined {
  if (rows.config.count === 0) return undefined;
  const { ifindex } = config.key.decode(keyAt(rows.config, 0));
  return here.find((one) => one.ifindex === ifindex)?.name;
}

/** An interface that is gone has no row that could be explained by it. */
function withGone(topology: Topology, entries: ReadonlyMap<string, number>): ReadonlyMap<string, number> {
  const all = new Map(entries);
  for (const { via } of topology.services)
    if (typeof via !== 'string' && !all.has(via.interface)) all.set(via.interface, goneIndex);
  return all;
}

const goneIndex = 0xfffffffe;

function keptKeys({ services, tunnels }: Topology): TopologyKeys {
  return {
    services: services.map(() => 'keep'),
    previous: services.map(({ previousKey }) => (previousKey === 'none' ? 'none' : 'keep')),
    signing: tunnels.map(({ sign }) => (sign === 'none' ? 'none' : 'keep')),
  };
}

/** Tunnels without a row get any. */
function liveMtus({ tunnels }: Topology, { tunnel: rows }: TableRows): ReadonlyMap<number, number> {
  const mtus = new Map(tunnels.map(({ id }) => [id, 0]));
  for (let at = 0; at < rows.count; at++)
    mtus.set(tunnel.key.decode(keyAt(rows, at)).id, tunnel.value.decode(valueAt(rows, at)).mtu);
  return mtus;
}
