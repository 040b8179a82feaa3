// Rows of texts in aligned columns. Numbers to the right, everything else to the left; no lines drawn, so that `cut` and
// `awk` read it as well as a person.
import type { Style } from './style.ts';

export type Cell = string | number | bigint;

/** With a heading; empty text when there are no rows. */
export function columns(heading: readonly string[], rows: readonly (readonly Cell[])[], style: Style): string {
  if (rows.length === 0) return '';
  const widths = heading.map((title, column) =>
    rows.reduce((width, row) => Math.max(width, String(row[column] ?? '').length), title.length),
  );
  const isNumber = heading.map((_, column) => rows.every((row) => typeof row[column] !== 'string'));
  const line = (cells: readonly Cell[]): string =>
    cells
      .map((cell, column) => {
        const width = widths[column] ?? 0;
        return isNumber[column] ? String(cell).padStart(width) : String(cell).padEnd(width);
      })
      .join('  ')
      .trimEnd();
  return [style.faint(line(heading)), ...rows.map(line), ''].join('\n');
}

/** Objects with equal fields, the field names as heading in capitals. */
export function columnsOf(rows: readonly Readonly<Record<string, Cell>>[], style: Style): string {
  const names = Object.keys(rows[0] ?? {});
  return columns(
    names.map((name) => name.replace(/[A-Z]/g, (letter) => `-${letter}`).toUpperCase()),
    rows.map((row) => names.map((name) => row[name] ?? '')),
    style,
  );
}
