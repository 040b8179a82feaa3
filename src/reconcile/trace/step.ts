// A row, or that there is none, in the words of `show`, with where it comes from.
import type { Lookup } from '../../tables/asked/access.ts';
import { peer } from '../../tables/learned.ts';
import { configuredTable, isLearnt, learntTable } from '../../tables/registry.ts';
import { valueAt } from '../../tables/rows.ts';
import { tunnel } from '../../tables/tunnel.ts';
import { findRow } from './access.ts';
import type { Explanation } from './explain.ts';
import type { Scene } from './scene.ts';

/** Names and texts of a row; no key is ever among them. */
export type RowFields = Readonly<Record<string, string | number>>;

export interface Step {
  readonly table: Lookup['table'];
  readonly title: string;
  readonly key: string;
  /** Of the row, which the key says already. */
  readonly keyMembers: readonly string[];
  /** undefined: there is no such row. */
  readonly row: RowFields | undefined;
  readonly explanation: Explanation | 'learned' | undefined;
  /** What must be known of it beside; undefined: nothing. */
  readonly note: string | undefined;
}

type RowScene = Pick<Scene, 'interfaceName' | 'explainer' | 'rows' | 'generation'>;

/** @param nowNs CLOCK_MONOTONIC */
export function stepOf(scene: RowScene, { table: name, key, value }: Lookup, nowNs: bigint): Step {
  const table = isLearnt(name) ? learntTable(name) : configuredTable(name);
  const decoded: unknown = table.key.decode(key);
  return {
    table: name,
    title: table.title,
    key: table.keyText(decoded, scene.interfaceName),
    keyMembers: table.key.members.map(({ name: member }) => member),
    row: value && table.show(decoded, table.value.decode(value), nowNs),
    explanation: value && (isLearnt(name) ? 'learned' : scene.explainer.explain(name, key, value)),
    note: noteOf(scene, { table: name, key, value }),
  };
}

function noteOf(scene: RowScene, { table, key, value }: Lookup): string | undefined {
  if (table === 'peer' && value && isOfDeadTunnel(scene, key, value))
    return 'of an earlier tunnel with this id: not used';
  const isUnasked = table === 'config' && !value && scene.generation === undefined;
  return isUnasked ? 'a file is tried without its interfaces: no route is asked for flags fib and fwd' : undefined;
}

/** A tunnel that was made anew begins without a remote. */
function isOfDeadTunnel({ rows }: RowScene, key: Uint8Array, value: Uint8Array): boolean {
  const at = findRow(rows.tunnel, tunnel.key.encode({ id: peer.key.decode(key).tunnel }));
  return at === undefined || tunnel.value.decode(valueAt(rows.tunnel, at)).epoch !== peer.value.decode(value).epoch;
}
