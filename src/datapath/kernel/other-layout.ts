// Maps of another build's layout: what their rows mean is asked of the type information that they were created with.
import type { Shape } from '../../layout/btf.ts';
import { compareStruct } from '../../layout/btf.ts';
import { type Translation, translate, translationOfKey, translationOfValue } from '../../layout/translate.ts';
import type { MapInfo } from '../../native/descriptors.ts';
import type { Rows } from '../../tables/rows.ts';
import type { Catalog } from './catalog.ts';

/** Key and value as this build knows them. */
export interface RowShapes {
  readonly key: Shape;
  readonly value: Shape;
}

/** How rows are read: as they are, or each half translated; undefined: nobody can tell what they mean. */
export type Reading = 'as they are' | { readonly keys: Translation; readonly values: Translation };

export function readingOf(catalog: Catalog, info: MapInfo, { key, value }: RowShapes): Reading | undefined {
  const btf = catalog.btf(info.btfId);
  const [theirKey, theirValue] = [btf?.struct(key.struct), btf?.struct(value.struct)];
  if (theirKey?.size !== info.keySize || theirValue?.size !== info.valueSize) return undefined;
  if (compareStruct(theirKey, key).length + compareStruct(theirValue, value).length === 0) return 'as they are';
  const keys = translationOfKey(theirKey, key);
  const values = translationOfValue(theirValue, value);
  return keys && values && { keys, values };
}

export function readAs(reading: Reading, rows: Rows): Rows {
  if (reading === 'as they are') return rows;
  const { keys, values } = reading;
  return {
    keySize: keys.ourSize,
    valueSize: values.ourSize,
    count: rows.count,
    keys: translate(keys, rows.keys, rows.count),
    values: translate(values, rows.values, rows.count),
  };
}
