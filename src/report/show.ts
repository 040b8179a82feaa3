// Sections of live tables as columns under titles, or as data.
import type { SectionRow, Sections } from '../reconcile/sections.ts';
import { columnsOf } from './columns.ts';
import type { Style } from './style.ts';

/** A single section has no title: its columns are what was asked for. */
export function sectionsText(sections: Sections, style: Style): string {
  const parts = Object.entries(sections).map(([name, rows]) => ({
    title: `${style.strong(name)}\n`,
    text: rows.length ? columnsOf(withoutUsual(rows), style) : '(none)\n',
  }));
  return parts.map(({ title, text }) => (parts.length === 1 ? text : title + text)).join('\n');
}

/** What a column says where nobody asked for anything else: a column of these alone is left out. JSON has them. */
export const usual: Readonly<Record<string, string | number>> = {
  header: 'keyed',
  source: 'by-key',
  sourcePort: 'local',
  sign: 'none',
  allowFrom: 'anywhere',
  movesPerMinute: 0,
  previousKey: 'none',
  via: 'any',
  fallback: 'first',
  echo: 'pass',
  signed: 'never',
};

function withoutUsual(rows: readonly SectionRow[]): readonly SectionRow[] {
  const left = new Set(
    Object.keys(usual).filter((name) => rows.every((row) => (row[name] ?? usual[name]) === usual[name])),
  );
  return rows.map((row) => Object.fromEntries(Object.entries(row).filter(([name]) => !left.has(name))));
}

export function sectionsFields(instance: string, sections: Sections): Record<string, unknown> {
  return { instance, ...sections };
}
