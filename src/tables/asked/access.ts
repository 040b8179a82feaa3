// Rows as the packet model's tables ask for them: one key, one row. Whoever stores rows gives this; a recorder around it hears
// every question, which is how a packet's story is known.
import type { ConfiguredTable, LearntTable } from '../../datapath/port.ts';
import type { Layout } from '../../layout/layout.ts';

/** Tables that packets are looked up in. */
export type AskedTable = ConfiguredTable | LearntTable;

export interface RowAccess {
  /** The value's bytes. */
  find(table: AskedTable, key: Uint8Array): Uint8Array | undefined;
  /** What a packet teaches. */
  put(table: LearntTable, key: Uint8Array, value: Uint8Array): void;
}

interface Descriptor<Name, Key, Value> {
  readonly name: Name;
  readonly key: Layout<Key>;
  readonly value: Layout<Value>;
}

/** A descriptor's rows, decoded. */
export function rowsIn<Key, Value>(access: RowAccess, { name, key, value }: Descriptor<AskedTable, Key, Value>) {
  return {
    get: (wanted: Key): Value | undefined => {
      const found = access.find(name, key.encode(wanted));
      return found && value.decode(found);
    },
  };
}

/** The same of what packets teach. */
export function learntRowsIn<Key, Value>(access: RowAccess, descriptor: Descriptor<LearntTable, Key, Value>) {
  const { name, key, value } = descriptor;
  return {
    ...rowsIn(access, descriptor),
    put: (of: Key, row: Value): void => access.put(name, key.encode(of), value.encode(row)),
  };
}

/** One question and its answer, as bytes. */
export interface Lookup {
  readonly table: AskedTable;
  readonly key: Uint8Array;
  /** undefined: there was no such row. */
  readonly value: Uint8Array | undefined;
}

/** Hears every question; what was learned on the way is a row from then on. */
export function recorded(access: RowAccess): { readonly access: RowAccess; readonly lookups: readonly Lookup[] } {
  const lookups: Lookup[] = [];
  return {
    lookups,
    access: {
      find: (table, key) => {
        const value = access.find(table, key);
        lookups.push({ table, key, value });
        return value;
      },
      put: access.put,
    },
  };
}
