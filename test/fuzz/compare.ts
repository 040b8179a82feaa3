// Where the programs and the model differ in what was learned from all packets.
import { after, fuzzedTables, type Moment, type PackedRow } from './rows.ts';

type Learned = 'peer' | 'flow' | 'fragment' | 'path';

/** Rows in words, sorted. Of times it tells only which of those that the scene has they are, or that they are of now. */
function learnedText(table: Learned, rows: readonly PackedRow[], moment: Moment): string[] {
  return rows.map((row) => textOf(table, row, moment)).sort();
}

function textOf(table: Learned, row: PackedRow, { monotonicNs, wallNs }: Moment): string {
  const { key, value } = decoded(table, row);
  const told = Object.entries({ ...key, ...value })
    .filter(([name]) => name !== 'version' && name !== 'lock')
    .map(([name, member]) => {
      if (typeof member !== 'bigint') return `${name} ${String(member)}`;
      if (name === 'sequence' || name === 'epoch') return `${name} ${member && member - wallNs}`;
      return `${name} ${timeText(member, monotonicNs)}`;
    });
  return told.join(', ');
}

const hourNs = 3_600_000_000_000n;
const pathS = 600;

/** `now`: at or after the moment at which the packets began; PATH's ends are ten minutes later. */
function timeText(ns: bigint, nowNs: bigint): string {
  if (ns >= after(nowNs, pathS) && ns < nowNs + hourNs) return 'now + 600 s';
  if (ns >= nowNs && ns < after(nowNs, 60)) return 'now';
  return ns === 0n ? '0' : `now ${ns - nowNs} ns`;
}

function decoded(table: Learned, { key, value }: PackedRow): { readonly key: object; readonly value: object } {
  const descriptor = fuzzedTables[table];
  return { key: descriptor.key.decode(key), value: descriptor.value.decode(value) };
}

export function learnedDifference(
  table: Learned,
  real: readonly PackedRow[],
  model: readonly PackedRow[],
  moment: Moment,
): string | undefined {
  return textDifference(`${table} rows`, learnedText(table, real, moment), learnedText(table, model, moment));
}

/** Of PATH_UNTIL: when the last row of PATH ends. */
export function endDifference(real: bigint, model: bigint, { monotonicNs }: Moment): string | undefined {
  return textDifference('path_until', [timeText(real, monotonicNs)], [timeText(model, monotonicNs)]);
}

export function lastEnd(path: readonly PackedRow[]): bigint {
  return path.reduce((latest, { value }) => {
    const { untilNs } = fuzzedTables.path.value.decode(value);
    return untilNs > latest ? untilNs : latest;
  }, 0n);
}

function textDifference(what: string, real: readonly string[], model: readonly string[]): string | undefined {
  if (real.join('\n') === model.join('\n')) return undefined;
  const without = (some: readonly string[], others: readonly string[]): string[] =>
    some.filter((one) => !others.includes(one));
  return [
    `${what} differ`,
    ...without(real, model).map((one) => `  programs: ${one}`),
    ...without(model, real).map((one) => `  model:    ${one}`),
  ].join('\n');
}
