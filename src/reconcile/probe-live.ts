// What is live as a subject of probes, made from its rows: which services there were, and with which keys, tunnels and ends.
// Only those that are asked for: of 100,000 services an apply changes a few.
import type { Layout } from '../layout/layout.ts';
import { allow } from '../tables/allow.ts';
import { encap } from '../tables/encap.ts';
import { keyAt, type Rows, valueAt } from '../tables/rows.ts';
import type { Assignments } from '../tables/table.ts';
import { tunnel } from '../tables/tunnel.ts';
import { verify } from '../tables/verify.ts';
import { readAssignments, serviceNumber } from './assign.ts';
import type { TableRows } from './digest.ts';
import { ingest } from './ingest.ts';
import type { Plan } from './plan.ts';
import { makeSubject, type Subject } from './probe-subject.ts';

/**
 * @param wanted serviceNumber of each
 * @param also ids of tunnels that are read beside theirs
 */
export function liveSubject(plan: Plan, wanted: ReadonlySet<number>, also: ReadonlySet<number>): Subject {
  const { liveRows: all, interfaces, topology } = plan;
  const verifyRows = rowsOfServices(all.verify, 'keys', verify.key, wanted);
  const tunnels = new Set([...tunnelsOf(verifyRows), ...also]);
  const rows: TableRows = {
    ...all,
    verify: verifyRows,
    tunnel: rowsWhere(all.tunnel, (at) => tunnels.has(tunnel.key.decode(all.tunnel.keys, at * all.tunnel.keySize).id)),
    allow: rowsWhere(all.allow, (at) => tunnels.has(allow.key.decode(all.allow.keys, at * all.allow.keySize).tunnel)),
    encap: rowsOfServices(all.encap, 'values', encap.value, wanted),
  };
  const entries = new Map<string, number>();
  const nameOf = (ifindex: number): string => {
    entries.set(`#${ifindex}`, ifindex);
    return `#${ifindex}`;
  };
  const named = topology.services.filter(({ group, id }) => wanted.has(serviceNumber(group, id)));
  const names = new Map(named.map(({ group, id, name }) => [serviceNumber(group, id), name]));
  const live = ingest(plan.instance, rows, nameOf, (group, id) => names.get(serviceNumber(group, id)) ?? 'removed');
  const given = readAssignments(rows.tunnel, rows.verify, Number.POSITIVE_INFINITY);
  const assignments: Assignments = {
    tunnels: new Map(
      [...given.tunnels].map(([id, { epoch, signKey }]) => [id, { epoch, counter: 0, signKey }] as const),
    ),
    serviceCounters: new Uint32Array(live.topology.services.length),
    serviceKeys: live.keys.services,
    previousKeys: live.keys.previous,
  };
  const topologyFeatures = plan.live.slot?.meta.topologyFeatures ?? 0;
  return makeSubject(
    { topology: live.topology, interfaces, entries, assignments, topologyFeatures },
    live.topology.services,
  );
}

function rowsWhere(rows: Rows, isWanted: (at: number) => boolean): Rows {
  const { keySize, valueSize } = rows;
  const kept: number[] = [];
  for (let at = 0; at < rows.count; at++) if (isWanted(at)) kept.push(at);
  return {
    keySize,
    valueSize,
    count: kept.length,
    keys: Buffer.concat(kept.map((at) => keyAt(rows, at))),
    values: Buffer.concat(kept.map((at) => valueAt(rows, at))),
  };
}

/** Two members of each of 100,000 rows are read, and not whole rows. */
function rowsOfServices(
  rows: Rows,
  part: 'keys' | 'values',
  layout: Pick<Layout<unknown>, 'members' | 'size'>,
  wanted: ReadonlySet<number>,
): Rows {
  const [group, service] = [offsetIn(layout, 'group'), offsetIn(layout, 'service')];
  const bytes = rows[part];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return rowsWhere(rows, (at) => {
    const start = at * layout.size;
    return wanted.has(serviceNumber(view.getUint16(start + group), view.getUint16(start + service)));
  });
}

function offsetIn({ members }: Pick<Layout<unknown>, 'members'>, member: string): number {
  const found = members.find(({ name }) => name === member);
  if (!found) throw new Error(`rows of services have no member ${member}`);
  return found.offset;
}

function tunnelsOf(rows: Rows): ReadonlySet<number> {
  const ids = new Set<number>();
  for (let at = 0; at < rows.count; at++)
    for (const id of verify.value.decode(valueAt(rows, at), 0).tunnels) ids.add(id);
  return ids;
}
