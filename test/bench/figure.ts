// A figure: what was measured, what is wanted of it; figures as a table for people and as one JSON object for scripts.

export interface Figure {
  /** In JSON, and the first column. */
  readonly name: string;
  readonly value: number;
  readonly wanted?: { readonly atMost: number } | { readonly atLeast: number };
  /** What it consists of, in words. */
  readonly note: string;
  /** Further fields of the JSON object. */
  readonly details?: Readonly<Record<string, unknown>>;
}

export function isMissed({ value, wanted }: Figure): boolean {
  if (!wanted) return false;
  return !('atMost' in wanted ? value <= wanted.atMost : value >= wanted.atLeast);
}

export function tableText(figures: readonly Figure[]): string {
  const cells = figures.map((figure) => [
    figure.name,
    String(figure.value),
    wantedText(figure),
    figure.wanted ? (isMissed(figure) ? 'MISS' : 'ok') : '',
    figure.note,
  ]);
  const all = [['figure', 'value', 'want', '', 'how'], ...cells];
  const widths = [0, 1, 2, 3].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => `${row.map((cell, i) => cell.padEnd(widths[i] ?? 0)).join('  ')}\n`).join('');
}

export function figuresJson(figures: readonly Figure[], more: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({
    ...Object.fromEntries(figures.map(({ name, value }) => [name, value])),
    missed: figures.filter(isMissed).map(({ name }) => name),
    ...Object.assign({}, ...figures.map(({ details }) => details ?? {})),
    ...more,
  });
}

function wantedText({ wanted }: Figure): string {
  if (!wanted) return '';
  return 'atMost' in wanted ? `≤ ${wanted.atMost}` : `≥ ${wanted.atLeast}`;
}
