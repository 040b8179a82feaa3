// What became of each field: frames before and after, laid side by side. What a tunnel carries is compared with what was carried,
// not with what carries it.
import type { Field, Layer } from './layer.ts';

export type FieldChange = 'same' | 'changed' | 'added' | 'removed';

export interface ComparedField {
  readonly layer: string;
  /** Its layer begins here. */
  readonly isFirst: boolean;
  readonly name: string;
  readonly change: FieldChange;
  readonly before: Field | undefined;
  readonly after: Field | undefined;
}

export function compareLayers(before: readonly Layer[], after: readonly Layer[]): readonly ComparedField[] {
  return pairs(before, after).flatMap(([old, now]) => compareLayer(old, now));
}

type Pair = readonly [Layer | undefined, Layer | undefined];

/** The outer headers of whichever is in a tunnel stand alone. */
function pairs(before: readonly Layer[], after: readonly Layer[]): readonly Pair[] {
  const [outerBefore, outerAfter] = [outerOf(before), outerOf(after)];
  const onlyOne = (outerBefore === 0) !== (outerAfter === 0);
  if (!onlyOne) return alongside(before, after);
  const link = before[0] && after[0] ? 1 : 0;
  const gone = before.slice(link, outerBefore).map((layer): Pair => [layer, undefined]);
  const come = after.slice(link, outerAfter).map((layer): Pair => [undefined, layer]);
  const inner = alongside(before.slice(Math.max(link, outerBefore)), after.slice(Math.max(link, outerAfter)));
  return [...alongside(before.slice(0, link), after.slice(0, link)), ...gone, ...come, ...inner];
}

/** Layers before those that GUE carries; 0: nothing is carried. */
function outerOf(layers: readonly Layer[]): number {
  const gue = layers.findIndex(({ name }) => name === 'gue');
  return gue >= 0 && gue + 1 < layers.length ? gue + 1 : 0;
}

/** Layers of one name in their order; what has no counterpart stands alone. */
function alongside(before: readonly Layer[], after: readonly Layer[]): readonly Pair[] {
  const found: Pair[] = [];
  let next = 0;
  for (const layer of before) {
    const at = after.findIndex(({ name }, index) => index >= next && name === layer.name);
    if (at < 0) found.push([layer, undefined]);
    else {
      for (const come of after.slice(next, at)) found.push([undefined, come]);
      found.push([layer, after[at]]);
      next = at + 1;
    }
  }
  return [...found, ...after.slice(next).map((layer): Pair => [undefined, layer])];
}

function compareLayer(before: Layer | undefined, after: Layer | undefined): readonly ComparedField[] {
  const layer = (before ?? after)?.name ?? '';
  const names = [...new Set([...(before?.fields ?? []), ...(after?.fields ?? [])].map(({ name }) => name))];
  return names.map((name, at) => {
    const [old, now] = [before, after].map((one) => one?.fields.find((field) => field.name === name));
    return { layer, isFirst: at === 0, name, change: changeOf(old, now), before: old, after: now };
  });
}

function changeOf(before: Field | undefined, after: Field | undefined): FieldChange {
  if (!before) return 'added';
  if (!after) return 'removed';
  return Buffer.compare(before.bytes, after.bytes) === 0 ? 'same' : 'changed';
}
