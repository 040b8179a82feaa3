// What moved since a plan was made: a problem for each, and as data.
import { type Place, type Problem, problem } from '../problem.ts';
import type { Moved } from '../reconcile/moved.ts';
import { counted } from './words.ts';

/** Above so many, a person wants the count. */
const mostNamed = 200;

const wheres: Readonly<Record<Moved['where'], string>> = {
  live: 'live',
  desired: 'wanted by the files',
  interfaces: 'interface',
  hooks: 'hook',
  build: 'build',
  generation: 'generation',
  steps: 'step',
};

/** @param place of the saved plan */
export function movedProblems(madeAt: string, moved: readonly Moved[], place: Place, all: boolean): Problem[] {
  const hint = 'nothing was changed; look at it, then make the plan again: `trueingress plan -f FILE -o PLAN`';
  const named = all ? moved : moved.slice(0, mostNamed);
  const rest = moved.length - named.length;
  return [
    problem('plan-stale', `${counted(moved.length, 'thing')} moved since the plan was made at ${madeAt}`, {
      place,
      hint: rest > 0 ? `${hint}; ${counted(rest, 'more')} with --all` : hint,
    }),
    ...named.map((one) => problem('plan-stale', movedText(one), { place: one.place })),
  ];
}

/** `table verify (live), group 2, service 1: endpoint 1.1.1.1:4000 → endpoint 1.1.1.2:4000`. */
function movedText({ where, table, key, before, after }: Moved): string {
  const what = table ? `table ${table} (${wheres[where]}), ${key}` : `${wheres[where]} ${key}`;
  return `${what}: ${before ?? '(none)'} → ${after ?? '(none)'}`;
}

export function movedFields(moved: readonly Moved[]): readonly unknown[] {
  return moved.map(({ where, table, key, before, after, place }) => ({
    where,
    ...(table && { table }),
    key,
    before: before ?? null,
    after: after ?? null,
    ...(place && { place }),
  }));
}
