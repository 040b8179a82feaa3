// Changes to a topology's text as a person would make them: comments, order and everything untouched stay as they are.
// The edits are data; how YAML is changed is yaml.ts.
import type { Direction, Service } from './topology.ts';

/** A tunnel or a service, as the file names it. */
export type ItemName =
  | { readonly list: 'tunnels'; readonly id: number }
  | ({ readonly list: 'services' } & Pick<Service, 'group' | 'id'>);

export type Edit =
  /** `fields` are written, `gone` are taken out. A value `{ from: 'key' }` is what that field holds before. */
  | {
      readonly kind: 'change';
      readonly item: ItemName;
      readonly fields: Readonly<Record<string, WrittenValue>>;
      readonly gone?: readonly string[];
    }
  /** A copy of an item, behind it, with other fields. */
  | {
      readonly kind: 'copy';
      readonly item: ItemName;
      readonly fields: Readonly<Record<string, WrittenValue>>;
    }
  | { readonly kind: 'remove'; readonly item: ItemName };

/** What changes the file beyond the items that it has. */
export type FileEdit =
  | Edit
  /** A new item at the end of its list. */
  | {
      readonly kind: 'add';
      readonly list: ItemName['list'];
      readonly fields: Readonly<Record<string, WrittenValue>>;
    }
  /** Fields of the file itself. */
  | { readonly kind: 'head'; readonly fields: Readonly<Record<string, WrittenValue>> }
  /** An interface is listed, and where `flags` says so has these in this direction, whatever the file says of all. */
  | {
      readonly kind: 'interface';
      readonly name: string;
      readonly flags?: { readonly direction: Direction; readonly names: readonly string[] };
    }
  | { readonly kind: 'no-interface'; readonly name: string };

export type WrittenValue =
  | string
  | number
  | readonly number[]
  | { readonly file: string }
  | { readonly env: string }
  | { readonly from: string };

/** Throws RangeError where an item is not written as one mapping in this text. */
export async function editTopology(text: string, edits: readonly FileEdit[]): Promise<string> {
  const { editDocument } = await import('./yaml.ts');
  return editDocument(text, edits);
}
