// What decided what became of a packet: the parts of the file that the rows come from which it met, and its interface.
import type { Lookup } from '../../tables/asked/access.ts';
import { config, directionNumbers } from '../../tables/config.ts';
import { isLearnt } from '../../tables/registry.ts';
import type { FilePart } from '../trace/explain.ts';
import type { ChosenHook } from '../trace/hook.ts';
import type { Scene } from '../trace/scene.ts';

/** Each once, in the order in which they were met. */
export function deciders(
  { explainer }: Pick<Scene, 'explainer'>,
  { ifindex, direction }: ChosenHook,
  lookups: readonly Lookup[],
): FilePart[] {
  const met = lookups.flatMap(({ table, key, value }) => {
    if (!value || isLearnt(table)) return [];
    const explanation = explainer.explain(table, key, value);
    // What many share decides for none of them.
    return 'parts' in explanation && explanation.parts.length === 1 ? explanation.parts : [];
  });
  const hook = explainer.wants('config', config.key.encode({ ifindex, direction: directionNumbers[direction] }));
  return [...new Map([...met, ...hook].map((part) => [part.what, part])).values()];
}
