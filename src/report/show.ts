// Sections of live tables as columns under titles, or as data.
import type { SectionName, Sections } from '../reconcile/sections.ts';
import { columnsOf } from './columns.ts';
import type { Style } from './style.ts';

/** A single section has no title: its columns are what was asked for. */
export function sectionsText(sections: Sections, style: Style): string {
  const entries = Object.entries(sections) as [SectionName, NonNullable<Sections[SectionName]>][];
  if (entries.length === 1) return columnsOf(entries[0]?.[1] ?? [], style);
  return entries
    .map(([name, rows]) => `${style.strong(name)}\n${rows.length ? columnsOf(rows, style) : '(none)\n'}`)
    .join('\n');
}

export function sectionsFields(instance: string, sections: Sections): Record<string, unknown> {
  return { instance, ...sections };
}
