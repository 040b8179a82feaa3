// `[interface] [ingress|egress]` → which hooks are meant.
import { type Problem, problem } from '../problem.ts';
import type { HookChoice } from '../reconcile/attachment.ts';
import { type Direction, directions } from '../topology/topology.ts';

/** `detach egress` means the direction; an interface of that name needs both words. */
export function hookChoice(words: readonly string[]): HookChoice | Problem {
  const [first, second] = words;
  if (second !== undefined && !isDirection(second))
    return problem('usage', `"${second}" is neither ingress nor egress`, {
      hint: 'name one of them, or neither for both',
    });
  if (second === undefined && first !== undefined && isDirection(first))
    return { interfaceName: undefined, direction: first };
  return { interfaceName: first, direction: second };
}

function isDirection(word: string): word is Direction {
  return directions.some((direction) => direction === word);
}
