// What a measurement hands back: one promise, its raw figures, and whether it holds. The measurements do not print.

export interface Evidence {
  readonly promise: string;
  /** Figures as measured, in one line. */
  readonly figures: string;
  readonly holds: boolean;
}

export function median(values: readonly number[]): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** How often each value occurs, most frequent first: `0 ×50`. */
export function tally(values: readonly (number | string)[]): string {
  const counts = new Map<number | string, number>();
  for (const value of values) counts.set(value, (counts.get(value) ?? 0) + 1);
  return [...counts]
    .sort((a, b) => b[1] - a[1])
    .map(([value, count]) => `${value} ×${count}`)
    .join(', ');
}
