// Rows as packed bytes: the one form in which a table's content is read, compared and written, since 100,000 decoded
// objects cost twenty times what their bytes do (FACTS.md section 2). Knows sizes, and nothing of what the bytes mean.

/** `count` rows of one table; row n's key is at n * keySize, its value at n * valueSize. Keys are unique. */
export interface Rows {
  readonly keySize: number;
  readonly valueSize: number;
  readonly count: number;
  /** At least count * keySize bytes. */
  readonly keys: Uint8Array;
  /** At least count * valueSize bytes. */
  readonly values: Uint8Array;
}

export function emptyRows(keySize: number, valueSize: number): Rows {
  return { keySize, valueSize, count: 0, keys: new Uint8Array(0), values: new Uint8Array(0) };
}

export function keyAt(rows: Rows, index: number): Uint8Array {
  return rows.keys.subarray(index * rows.keySize, (index + 1) * rows.keySize);
}

export function valueAt(rows: Rows, index: number): Uint8Array {
  return rows.values.subarray(index * rows.valueSize, (index + 1) * rows.valueSize);
}
