// What has been said already: a warning that stays the same is told once, and again when it comes back.
import { type Problem, sortProblems } from '../problem.ts';

export interface News {
  /** Those of `now` that the call before did not have. */
  of(now: readonly Problem[]): Problem[];
}

export function createNews(): News {
  let before = new Set<string>();
  return {
    of(now) {
      const known = before;
      before = new Set(now.map(wordsOf));
      return sortProblems(now).filter((one) => !known.has(wordsOf(one)));
    },
  };
}

function wordsOf({ code, severity, message, place }: Problem): string {
  return JSON.stringify([code, severity, message, place]);
}
