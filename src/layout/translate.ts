// Rows of another build's layout, made rows of ours: member by member, by their names in the BTF of the map that holds them.
// What ours has beyond is zero; what theirs has beyond is left behind.
import type { BtfStruct, Shape } from './btf.ts';
import { sameName } from './btf.ts';

interface Move {
  readonly from: number;
  readonly to: number;
  readonly size: number;
}

/** From one packed row to another. */
export interface Translation {
  readonly theirSize: number;
  readonly ourSize: number;
  readonly moves: readonly Move[];
}

/** undefined: a member of ours is of another type there, so that nobody can say what it means. */
export function translationOfValue(theirs: BtfStruct, ours: Shape): Translation | undefined {
  const moves: Move[] = [];
  for (const { name, offset, type } of ours.members) {
    if (type.kind.startsWith('pad')) continue;
    const found = theirs.members.find((one) => sameName(one.name, name));
    if (!found) continue;
    if (found.kind !== type.kind || found.size !== type.size) return undefined;
    moves.push({ from: found.offset, to: offset, size: type.size });
  }
  return { theirSize: theirs.size, ourSize: ours.size, moves };
}

/** undefined too where a key of theirs says more or less than one of ours: rows would fall together. */
export function translationOfKey(theirs: BtfStruct, ours: Shape): Translation | undefined {
  const named = theirs.members.filter(({ name }) => !name.startsWith('pad')).length;
  const wanted = ours.members.filter(({ type }) => !type.kind.startsWith('pad')).length;
  const translation = translationOfValue(theirs, ours);
  return named === wanted && translation?.moves.length === wanted ? translation : undefined;
}

/** @param rows `count` packed rows of theirs */
export function translate({ theirSize, ourSize, moves }: Translation, rows: Uint8Array, count: number): Uint8Array {
  const translated = new Uint8Array(count * ourSize);
  for (let row = 0; row < count; row++)
    for (const { from, to, size } of moves) {
      const start = row * theirSize + from;
      translated.set(rows.subarray(start, start + size), row * ourSize + to);
    }
  return translated;
}
