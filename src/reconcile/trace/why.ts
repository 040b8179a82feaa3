// Why a row is there: what the file says of it, which rows it leads a packet to, and by which it is met. All of it follows from the
// descriptors' references.
import type { ReadableTable } from '../../datapath/port.ts';
import { sameBytes } from '../../packet/bytes.ts';
import { scan } from '../../packet/words/scan.ts';
import type { WordsFault } from '../../packet/words/words.ts';
import type { AskedTable, Lookup } from '../../tables/asked/access.ts';
import type { Reference } from '../../tables/key-words.ts';
import { configuredTable, isLearnt, learntTable, learntTables, tables } from '../../tables/registry.ts';
import { keyAt, type Rows, valueAt } from '../../tables/rows.ts';
import type { AnyLearned, AnyTable } from '../../tables/table.ts';
import { accessOver } from './access.ts';
import type { FilePart } from './explain.ts';
import type { Scene } from './scene.ts';
import { type Step, stepOf } from './step.ts';

export interface Why {
  readonly instance: string;
  readonly generation: bigint | undefined;
  readonly step: Step;
  /** Of a row that is not there: who in the file wants it. */
  readonly wantedBy: readonly FilePart[];
  readonly leadsTo: readonly Step[];
  /** As many as were asked for. */
  readonly metBy: readonly Step[];
  readonly metByAll: number;
}

/** Names of tables, and what people call some of their rows. */
const aliases: Readonly<Record<string, AskedTable>> = { service: 'verify', short: 'short_header' };

export const tableWords: readonly string[] = [
  ...[...tables, ...learntTables].map(({ name }) => name),
  ...Object.keys(aliases),
];

export function tableCalled(word: string): AskedTable | undefined {
  return aliases[word] ?? [...tables, ...learntTables].find(({ name }) => name === word)?.name;
}

export function descriptorOf(name: AskedTable): AnyTable | AnyLearned {
  return isLearnt(name) ? learntTable(name) : configuredTable(name);
}

export function readKey(scene: Scene, name: AskedTable, text: string): Uint8Array | WordsFault {
  const table = descriptorOf(name);
  const key: unknown = scan(text, (scanner) => table.key.encode(table.readKey(scanner, scene.interfaceIndex)));
  return key as Uint8Array | WordsFault;
}

/**
 * @param most rows that lead to it, at most
 * @param nowNs CLOCK_MONOTONIC
 */
export function why(scene: Scene, table: AskedTable, key: Uint8Array, most: number, nowNs: bigint): Why {
  const access = accessOver(scene.rows, scene.learned);
  const value = access.find(table, key);
  const look = (to: Reference): Lookup => ({ ...to, value: access.find(to.table, to.key) });
  const met = value ? referrers(scene, { table, key }) : [];
  const step = (lookup: Lookup): Step => stepOf(scene, lookup, nowNs);
  return {
    instance: scene.instance,
    generation: scene.generation,
    step: step({ table, key, value }),
    wantedBy: value || isLearnt(table) ? [] : scene.explainer.wants(table, key),
    leadsTo: value ? referencesOf(descriptorOf(table), key, value).map(look).map(step) : [],
    metBy: met.slice(0, most).map(step),
    metByAll: met.length,
  };
}

function referencesOf(table: AnyTable | AnyLearned, key: Uint8Array, value: Uint8Array): readonly Reference[] {
  return table.refers(table.key.decode(key), table.value.decode(value));
}

const readable: readonly ReadableTable[] = ['peer', 'flow', 'path'];
/** A million flows would take seconds to read and say nothing more. */
const mostLearned = 100_000;

/** Rows of any table that lead to this one. */
function referrers(scene: Scene, to: Reference): Lookup[] {
  return [
    ...tables.flatMap((table) => referring(table, scene.rows[table.name], to)),
    ...readable.flatMap((name) => referring(learntTable(name), scene.learnedRows(name), to)),
  ];
}

function referring(table: AnyTable | AnyLearned, rows: Rows, to: Reference): Lookup[] {
  const found: Lookup[] = [];
  const count = isLearnt(table.name) ? Math.min(rows.count, mostLearned) : rows.count;
  for (let at = 0; at < count; at++) {
    const [key, value] = [keyAt(rows, at), valueAt(rows, at)];
    if (referencesOf(table, key, value).some((one) => one.table === to.table && sameBytes(one.key, to.key)))
      found.push({ table: table.name, key, value });
  }
  return found.sort((a, b) => Buffer.compare(a.key, b.key));
}

/** Keys that there are, for somebody who asked for another. */
export function someKeys(scene: Scene, name: AskedTable, most: number): readonly string[] {
  const table = descriptorOf(name);
  const rows = isLearnt(name) ? (name === 'fragment' ? undefined : scene.learnedRows(name)) : scene.rows[name];
  const count = Math.min(rows?.count ?? 0, most);
  return Array.from({ length: count }, (_, at) =>
    rows ? table.keyText(table.key.decode(keyAt(rows, at)), scene.interfaceName) : '',
  );
}
