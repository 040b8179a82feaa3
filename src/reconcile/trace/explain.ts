// Which line of which file a row comes from: rows as the topology wants them, laid beside those that are there.
import type { ConfiguredTable } from '../../datapath/port.ts';
import type { Place } from '../../problem.ts';
import { configuredTable } from '../../tables/registry.ts';
import { keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import type { AnyTable, Owner, Wanted } from '../../tables/table.ts';
import { collectRows } from '../../tables/writer.ts';
import type { Topology } from '../../topology/topology.ts';
import { type DesiredRows, desiredRows } from '../desired.ts';
import { findRow } from './access.ts';

/** What a file says, and where. */
export interface FilePart {
  /** As people call it: `service "web" (2/1)`. */
  readonly what: string;
  readonly place: Place;
}

export type Explanation =
  /** The file wants this very row. */
  | { readonly kind: 'file'; readonly parts: readonly FilePart[] }
  /** The file wants another row under this key: somebody wrote it by hand, or it is of another state of the file. */
  | { readonly kind: 'differs'; readonly parts: readonly FilePart[] }
  | { readonly kind: 'not-from-a-file' }
  /** Which file was applied is not known. */
  | { readonly kind: 'no-file-known' };

export interface Explainer {
  explain(table: ConfiguredTable, key: Uint8Array, value: Uint8Array): Explanation;
  /** Parts of the file that want a row with this key, whether it is there or not. */
  wants(table: ConfiguredTable, key: Uint8Array): readonly FilePart[];
}

export const noFileKnown: Explainer = { explain: () => ({ kind: 'no-file-known' }), wants: () => [] };

/** @param wanted what its rows are made from, with what is live where the file leaves it open */
export function explainBy(wanted: Wanted): Explainer {
  const desired = desiredRows(wanted);
  const wants = (name: ConfiguredTable, key: Uint8Array): readonly FilePart[] => {
    const at = findRow(desired[name], key);
    return at === undefined ? [] : partsOf(wanted, desired, configuredTable(name), at);
  };
  return {
    wants,
    explain: (name, key, value) => {
      const at = findRow(desired[name], key);
      if (at === undefined) return { kind: 'not-from-a-file' };
      const isSame = Buffer.compare(valueAt(desired[name], at), value) === 0;
      return { kind: isSame ? 'file' : 'differs', parts: wants(name, key) };
    },
  };
}

function partsOf(wanted: Wanted, desired: DesiredRows, table: AnyTable, at: number): readonly FilePart[] {
  const rows = desired[table.name];
  const key = table.key.decode(keyAt(rows, at));
  const owner = table.owner(key, table.value.decode(valueAt(rows, at)));
  if (owner.kind === 'shared') return sharers(wanted, table, keyAt(rows, at));
  const part = partOf(wanted, owner);
  return part ? [part] : [];
}

/** The item that a person would change. */
export function partOf(
  { topology, interfaces }: Wanted,
  owner: Exclude<Owner, { kind: 'shared' }>,
): FilePart | undefined {
  switch (owner.kind) {
    case 'interface': {
      const found = interfaces.find(({ ifindex }) => ifindex === owner.ifindex);
      return found && { what: `interface ${found.name}`, place: found.place };
    }
    case 'tunnel':
      return tunnelPart(topology.tunnels.find(({ id }) => id === owner.id));
    case 'service':
      return servicePart(topology.services.find(({ group, id }) => group === owner.group && id === owner.id));
    default:
      return owner satisfies never;
  }
}

function tunnelPart(tunnel: Topology['tunnels'][number] | undefined): FilePart | undefined {
  return tunnel && { what: `tunnel ${tunnel.id}`, place: tunnel.place };
}

function servicePart(service: Topology['services'][number] | undefined): FilePart | undefined {
  return service && { what: `service "${service.name}" (${service.group}/${service.id})`, place: service.place };
}

/** Everything that would want a row with this key if it were alone. */
function sharers(wanted: Wanted, table: AnyTable, key: Uint8Array): readonly FilePart[] {
  const { topology } = wanted;
  const wants = (alone: Partial<Topology>): boolean => {
    const one = { ...wanted, topology: { ...topology, tunnels: [], services: [], ...alone } };
    const rows: Rows = collectRows(table.key, table.value, 4, (emit) => table.want(one, emit));
    return findRow(rows, key) !== undefined;
  };
  const parts = [
    ...topology.tunnels.filter((one) => wants({ tunnels: [one] })).map(tunnelPart),
    ...topology.services.filter((one) => wants({ services: [one] })).map(servicePart),
  ];
  return parts.filter((part) => part !== undefined);
}
