// Rows that were edited by hand: which ones? META holds a digest of what was applied and no rows, so a guess is made and proved:
// what the rows would have been without the edit has the digest that META has. Guesses come from rows that are known: those of
// a file, those that the live tunnels and services imply, those of the other slot; and a row more can simply be left out.
import type { ConfiguredTable } from '../datapath/port.ts';
import { tables } from '../tables/registry.ts';
import type { AnyTable } from '../tables/table.ts';
import { addRow, digestSums, sumTables, type TableRows, type TableSums } from './digest.ts';
import { diffRows } from './rowdiff.ts';

export interface DriftRow {
  readonly table: ConfiguredTable;
  readonly change: 'added' | 'edited' | 'removed';
  /** As `show` has it, without keys; of an edited row as it is now. */
  readonly row: Readonly<Record<string, string | number>>;
}

/** Rows that no applied file explains. */
export interface Drift {
  /** Empty: it cannot be told which. */
  readonly rows: readonly DriftRow[];
}

/** What was done by hand, as it would be undone. */
interface Edit {
  readonly table: AnyTable;
  /** Position in the guess's rows; -1: there was none. */
  readonly was: number;
  /** Position in the live rows; -1: there is none. */
  readonly is: number;
  readonly guess: TableRows;
}

/** Two edits by hand at once are told where there are no more pairs of guesses than this: a pair takes two microseconds. */
const mostPairs = 20_000;

/**
 * undefined: the rows are those that were applied.
 * @param digest META's
 * @param guesses each what the rows may have been, or may have been in part
 * @param applied rows of the very file that was applied: what differs from them was edited, also where that cannot be proved,
 *   since an epoch or a counter went with its row
 */
export function tellDrift(
  live: TableRows,
  digest: Uint8Array,
  guesses: () => readonly TableRows[],
  applied?: TableRows,
): Drift | undefined {
  const sums = sumTables(live);
  const isApplied = (edits: readonly Edit[]): boolean =>
    Buffer.compare(digestSums(withoutEdits(sums, live, edits)), digest) === 0;
  if (isApplied([])) return undefined;
  const byGuess = guesses().map((guess) => editsFrom(live, guess));
  const whole = byGuess.find(isApplied);
  if (whole) return shown(live, whole);
  const single = [...byGuess.flat(), ...additions(live)];
  const one = single.find((edit) => isApplied([edit]));
  if (one) return shown(live, [one]);
  const two = pairAmong(single, isApplied);
  return shown(live, two ?? (applied ? editsFrom(live, applied) : []));
}

function pairAmong(edits: readonly Edit[], isApplied: (edits: readonly Edit[]) => boolean): Edit[] | undefined {
  if ((edits.length * (edits.length - 1)) / 2 > mostPairs) return undefined;
  for (const [at, first] of edits.entries())
    for (const second of edits.slice(at + 1)) if (isApplied([first, second])) return [first, second];
  return undefined;
}

function editsFrom(live: TableRows, guess: TableRows): Edit[] {
  return tables.flatMap((table): Edit[] => {
    const { creates, updates, deletes } = diffRows(guess[table.name], live[table.name]);
    return [
      ...creates.map((was) => ({ table, was, is: -1, guess })),
      ...updates.map(([was, is]) => ({ table, was, is, guess })),
      ...deletes.map((is) => ({ table, was: -1, is, guess })),
    ];
  });
}

/** Each live row as if it alone had been added. */
function additions(live: TableRows): Edit[] {
  return tables.flatMap((table) =>
    Array.from({ length: live[table.name].count }, (_, is) => ({ table, was: -1, is, guess: live })),
  );
}

function withoutEdits(sums: TableSums, live: TableRows, edits: readonly Edit[]): TableSums {
  const changed: Record<string, TableSums[string]> = { ...sums };
  for (const { table, was, is, guess } of edits) {
    const { name } = table;
    const before = changed[name] ?? { count: 0, sums: new Float64Array(4) };
    const total = before === sums[name] ? { count: before.count, sums: before.sums.slice() } : before;
    if (is >= 0) addRow(total, live[name], is, -1);
    if (was >= 0) addRow(total, guess[name], was, 1);
    changed[name] = total;
  }
  return changed;
}

function shown(live: TableRows, edits: readonly Edit[]): Drift {
  return {
    rows: edits.map(({ table, was, is, guess }) => {
      const [rows, at] = is >= 0 ? [live[table.name], is] : [guess[table.name], was];
      const row = table.show(
        table.key.decode(rows.keys, at * rows.keySize),
        table.value.decode(rows.values, at * rows.valueSize),
      );
      return { table: table.name, change: is < 0 ? 'removed' : was < 0 ? 'added' : 'edited', row };
    }),
  };
}

const mostShown = 20;

/** Rows that no file explains, in words, one line each; the rest as a number. */
export function driftTexts({ rows }: Drift): string[] {
  const rest = rows.length - mostShown;
  return [
    ...rows.slice(0, mostShown).map((row) => `not from a file: ${driftText(row)}`),
    ...(rest > 0 ? [`not from a file: ${rest} rows more that were edited by hand`] : []),
  ];
}

function driftText({ table, change, row }: DriftRow): string {
  const columns = Object.entries(row)
    .map(([name, value]) => `${name} ${value}`)
    .join(', ');
  return `${table} row (${columns}) was ${change} by hand`;
}
