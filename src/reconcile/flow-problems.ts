// What an apply tells of flows that the switch finds under way.
import { type Problem, problem } from '../problem.ts';
import type { Flow } from './probe-flows.ts';

/** @param rights each answer that would be right, and `got`: in words */
export function failedFlow({ title, place }: Flow, when: string, rights: readonly string[], got: string): Problem {
  const message = `${title}, ${when}: expected ${[...new Set(rights)].join(' or ')}, got ${got}`;
  const hint = 'nothing was activated; apply again, and report this message if it stays';
  return problem('mixed-probe-failed', message, { place, hint });
}

export function unknownFlows(flows: readonly Flow[]): Problem[] {
  const [first] = flows;
  if (!first) return [];
  const message = `flows of ${titleOf(flows)} that began before the switch are not known after it`;
  const hint = 'until their next packet comes in (or their far end pings), replies go as those of an unknown flow do';
  return [problem('flows-unknown', message, { place: first.place, hint }, 'warning')];
}

export function misledFlows(flows: readonly Flow[]): Problem[] {
  const [first] = flows;
  if (!first) return [];
  const message = `replies of flows of ${titleOf(flows)} that began before the switch go where their tunnel's id leads after it`;
  const hint = 'until their next packet comes in; where that matters, take an id that was not used before';
  return [problem('flows-misled', message, { place: first.place, hint }, 'warning')];
}

/** Of the first, and how many more. */
function titleOf(flows: readonly Flow[]): string {
  const titles = new Set(flows.map(({ title }) => title));
  const [first] = titles;
  return titles.size > 1 ? `${first} and of ${titles.size - 1} more` : `${first}`;
}
