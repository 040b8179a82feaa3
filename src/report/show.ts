// Sections of live tables as columns under titles, or as data.
import type { Sections } from '../reconcile/sections.ts';
import { columnsOf } from './columns.ts';
import type { Style } from './style.ts';

/** A single section has no title: its columns are what was asked for. */
export function sectionsText(sections: Sections, style: Style): string {
  const parts = Object.entries(sections).map(([name, rows]) => ({
    title: `${style.strong(name)}\n`,
    text: rows.length ? columnsOf(rows, style) : '(none)\n',
  }));
  return parts.map(({ title, text }) => (parts.length === 1 ? text : title + text)).join('\n');
}

export function sectionsFields(instance: string, sections: Sections): Record<string, unknown> {
  return { instance, ...sections };
}
