// Changed rows → changes in the words of the file: tunnels, services, interfaces, with fields before → after.
// Derived from the rows alone, so that nothing can be written that the plan does not show.

import type { ConfiguredTable } from '../datapath/port.ts';
import type { Place } from '../problem.ts';
import type { InterfaceName } from '../tables/key-words.ts';
import { tables } from '../tables/registry.ts';
import { keyAt, type Rows } from '../tables/rows.ts';
import type { AnyTable, FieldText, Owner, ResolvedInterface, SharedKind } from '../tables/table.ts';
import type { WantedRows } from '../tables/writer.ts';
import type { Topology } from '../topology/topology.ts';
import type { RowDiff } from './rowdiff.ts';

export type Action = 'create' | 'update' | 'delete';

export interface FieldChange {
  readonly field: string;
  /** undefined: there was none. */
  readonly before: string | undefined;
  readonly after: string | undefined;
}

export interface ObjectChange {
  readonly action: Action;
  readonly kind: 'tunnel' | 'service' | 'interface' | SharedKind;
  /** Identity as in the tables: `100`, `2/1`, `eth0`, `172.1.0.4:6080`, `tcp 5.5.5.5`. */
  readonly id: string;
  /** The service's label, where a file gives one. */
  readonly name: string | undefined;
  /** Of an update alone. */
  readonly fields: readonly FieldChange[];
  /** Rows written or deleted for it. */
  readonly rows: number;
  /** Where the file says so; none for what goes. */
  readonly place: Place | undefined;
  /** All fields of what is created or deleted; those of an update's changed rows. */
  readonly summary: Readonly<Record<string, string>>;
}

const hiddenKey = '(sensitive)';
const primary: Readonly<Record<'tunnel' | 'service' | 'interface', ConfiguredTable>> = {
  tunnel: 'tunnel',
  service: 'verify',
  interface: 'config',
};

interface Gathered {
  readonly owner: Owner;
  readonly id: string;
  rows: number;
  /** Position in the topology's list, -1: not in the file. */
  origin: number;
  primaryBefore: boolean;
  primaryAfter: boolean;
  before: Described | undefined;
  after: Described | undefined;
}

type Described = Readonly<Record<string, FieldText>>;

type Diffs = Readonly<Record<ConfiguredTable, RowDiff>>;

/** Sorted: interfaces, tunnels, services, each by identity. `interfaceName` names an index that the file does not know. */
export function objectChanges(
  diffs: Diffs,
  topology: Topology | undefined,
  interfaces: readonly ResolvedInterface[],
  interfaceName: InterfaceName,
): ObjectChange[] {
  const gathered = new Map<string, Gathered>();
  for (const table of tables) gatherTable(table, diffs[table.name], gathered, interfaceName);
  return [...gathered.values()].map((one) => finish(one, topology, interfaces)).sort(byKindAndId);
}

function gatherTable(
  table: AnyTable,
  diff: RowDiff,
  gathered: Map<string, Gathered>,
  interfaceName: InterfaceName,
): void {
  const origins = (diff.desired as Partial<WantedRows>).origins;
  const visit = (side: 'before' | 'after', position: number): Gathered => {
    const rows = side === 'before' ? diff.observed : diff.desired;
    const key = table.key.decode(rows.keys, position * rows.keySize);
    const value = table.value.decode(rows.values, position * rows.valueSize);
    const owner = table.owner(key, value);
    const described = table.describe(key, value, interfaceName);
    const id = ownerId(owner, interfaceName);
    const name = ownerName(owner, interfaceName);
    const one = gathered.get(name) ?? {
      owner,
      id,
      rows: 0,
      origin: -1,
      primaryBefore: false,
      primaryAfter: false,
      before: undefined,
      after: undefined,
    };
    gathered.set(name, one);
    if (!table.isList) one[side] = merged(one[side], described);
    if (owner.kind !== 'shared' && primary[owner.kind] === table.name)
      one[side === 'before' ? 'primaryBefore' : 'primaryAfter'] = true;
    if (side === 'after' && origins) one.origin = Math.max(one.origin, origins[position] ?? -1);
    return one;
  };
  // A file's rows come in its order; the kernel's in another one each time, and fields are listed as rows come.
  const desiredOrder = <T>(positions: readonly T[], of: (one: T) => number): readonly T[] =>
    origins ? positions : byKey(diff.desired, positions, of);
  for (const position of desiredOrder(diff.creates, (one) => one)) visit('after', position).rows++;
  for (const [desired, observed] of desiredOrder(diff.updates, ([one]) => one)) {
    visit('before', observed);
    visit('after', desired).rows++;
  }
  for (const position of byKey(diff.observed, diff.deletes, (one) => one)) visit('before', position).rows++;
  if (table.isList) gatherLists(table, diff, gathered, interfaceName);
}

/** All rows of whoever changes: a list is told whole. */
function gatherLists(
  table: AnyTable,
  diff: RowDiff,
  gathered: Map<string, Gathered>,
  interfaceName: InterfaceName,
): void {
  for (const side of ['before', 'after'] as const) {
    const rows = side === 'before' ? diff.observed : diff.desired;
    const positions = Array.from({ length: rows.count }, (_, at) => at);
    for (const position of byKey(rows, positions, (one) => one)) {
      const key = table.key.decode(rows.keys, position * rows.keySize);
      const value = table.value.decode(rows.values, position * rows.valueSize);
      const one = gathered.get(ownerName(table.owner(key, value), interfaceName));
      if (one) one[side] = merged(one[side], table.describe(key, value, interfaceName));
    }
  }
}

/** Parts of a list add up; anything else is said the same way by every row, or by one alone. */
function merged(described: Described | undefined, more: Described): Described {
  if (!described) return more;
  const all: Record<string, FieldText> = { ...described };
  for (const [field, text] of Object.entries(more)) {
    const known = all[field];
    all[field] = isPart(known) && isPart(text) ? [...known, ...text] : text;
  }
  return all;
}

function isPart(text: FieldText | undefined): text is readonly string[] {
  return Array.isArray(text);
}

function byKey<T>(rows: Rows, positions: readonly T[], of: (one: T) => number): T[] {
  return positions
    .map((one) => ({ one, key: keyAt(rows, of(one)) }))
    .sort((a, b) => Buffer.compare(a.key, b.key))
    .map(({ one }) => one);
}

function kindOf(owner: Owner): ObjectChange['kind'] {
  return owner.kind === 'shared' ? owner.as : owner.kind;
}

function ownerName(owner: Owner, interfaceName: InterfaceName): string {
  return `${kindOf(owner)} ${ownerId(owner, interfaceName)}`;
}

function ownerId(owner: Owner, interfaceName: InterfaceName): string {
  switch (owner.kind) {
    case 'interface':
      return interfaceName(owner.ifindex);
    case 'tunnel':
      return String(owner.id);
    case 'service':
      return `${owner.group}/${owner.id}`;
    case 'shared':
      return owner.id;
    default:
      return owner satisfies never;
  }
}

function finish(one: Gathered, topology: Topology | undefined, interfaces: readonly ResolvedInterface[]): ObjectChange {
  const { owner } = one;
  const action = actionOf(one);
  const fields = action === 'update' ? fieldChanges(one.before ?? {}, one.after ?? {}) : [];
  const item =
    one.origin < 0 || !topology
      ? undefined
      : owner.kind === 'service'
        ? topology.services[one.origin]
        : owner.kind === 'tunnel'
          ? topology.tunnels[one.origin]
          : owner.kind === 'interface'
            ? interfaces[one.origin]
            : undefined;
  const all = (action === 'delete' ? one.before : one.after) ?? {};
  return {
    action,
    kind: kindOf(owner),
    id: one.id,
    name: item && owner.kind === 'service' && 'name' in item ? item.name : undefined,
    fields,
    rows: one.rows,
    place: item?.place,
    summary: summaryOf(all),
  };
}

/** A field that only vanished rows had says nothing: other rows of the same object may still hold it. */
function fieldChanges(before: Described, after: Described): FieldChange[] {
  const changes: FieldChange[] = [];
  for (const [field, text] of Object.entries(after))
    if (!equal(before[field], text)) changes.push({ field, before: shown(before[field]), after: shown(text) });
  return changes;
}

function summaryOf(described: Described): Readonly<Record<string, string>> {
  const summary: Record<string, string> = {};
  for (const field in described) summary[field] = shown(described[field]) ?? '';
  return summary;
}

function actionOf(one: Gathered): Action {
  if (one.owner.kind === 'shared') return !one.before ? 'create' : !one.after ? 'delete' : 'update';
  if (one.primaryAfter && !one.primaryBefore) return 'create';
  if (one.primaryBefore && !one.primaryAfter) return 'delete';
  return 'update';
}

function shown(text: FieldText | undefined): string | undefined {
  if (text instanceof Uint8Array) return hiddenKey;
  return isPart(text) ? text.join(', ') : text;
}

function equal(a: FieldText | undefined, b: FieldText | undefined): boolean {
  if (a instanceof Uint8Array && b instanceof Uint8Array) return Buffer.compare(a, b) === 0;
  return a instanceof Uint8Array || b instanceof Uint8Array ? false : shown(a) === shown(b);
}

const kindOrder: readonly ObjectChange['kind'][] = [
  'interface',
  'local-endpoint',
  'tunnel',
  'service',
  'proxy-address',
  'shared-endpoint',
];

function byKindAndId(a: ObjectChange, b: ObjectChange): number {
  return kindOrder.indexOf(a.kind) - kindOrder.indexOf(b.kind) || compareIds(a.id, b.id);
}

/** `2/10` after `2/9`: numbers by value, everything else by text. */
function compareIds(a: string, b: string): number {
  const [aGroup = '', aId = ''] = a.split('/');
  const [bGroup = '', bId = ''] = b.split('/');
  const difference = Number(aGroup) - Number(bGroup) || Number(aId) - Number(bId);
  return Number.isNaN(difference) ? (a < b ? -1 : a > b ? 1 : 0) : difference;
}
