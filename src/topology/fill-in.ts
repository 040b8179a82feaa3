// Marks of a first file (`init`) that nobody has taken away: what stands beside them is an example, and would be applied as it is.
import { type Problem, problem } from '../problem.ts';
import { lineStartsOf, placeAt, type Source } from './document.ts';

const mark = /#[^\n]*\bFILL IN:/g;

/** One warning for a source, at the first of its marks. */
export function fillInProblem(source: Source): Problem | undefined {
  if (!source.text.includes('FILL IN:')) return undefined;
  const marks = [...source.text.matchAll(mark)];
  const [first] = marks;
  if (!first) return undefined;
  const place = placeAt(source, lineStartsOf(source.text), first.index);
  const message = `${marks.length === 1 ? 'a line still says' : `${marks.length} lines still say`} FILL IN: what stands there is an example`;
  return problem('fill-in', message, { place }, 'warning');
}
