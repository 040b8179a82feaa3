// How anything is measured here: contestants take turns, several rounds, medians. Knows time, and nothing of what is measured.

export interface Contestant {
  readonly name: string;
  /** Runs once and answers what is measured: milliseconds, nanoseconds. */
  measure(): number;
}

/** Round by round, so that what else the machine does falls on all of them; by name, the median of each. */
export function alternate(rounds: number, contestants: readonly Contestant[]): ReadonlyMap<string, number> {
  const seen = new Map<string, number[]>(contestants.map(({ name }) => [name, []]));
  for (let round = 0; round < rounds; round++)
    for (const { name, measure } of contestants) seen.get(name)?.push(measure());
  return new Map([...seen].map(([name, values]) => [name, median(values)]));
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  const middle = Math.floor(sorted.length / 2);
  const [low = Number.NaN, high = Number.NaN] = [sorted[middle - 1], sorted[middle]];
  return sorted.length % 2 === 1 ? high : (low + high) / 2;
}

export function rounded(value: number, digits: number): number {
  return Number(value.toFixed(digits));
}
