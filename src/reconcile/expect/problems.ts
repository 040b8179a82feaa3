// An expectation that was not met, as a problem: expected, got, and the lines of the file that decided it.
import { type Problem, problem } from '../../problem.ts';
import { type Checked, isMet } from './expect.ts';

/** @param ending of the hint */
export function expectationProblems(checked: readonly Checked[], ending: string): Problem[] {
  return checked.flatMap((one) => expectationProblem(one, [ending]) ?? []);
}

/** undefined: it is met. */
export function expectationProblem(checked: Checked, endings: readonly string[] = []): Problem | undefined {
  if (isMet(checked)) return undefined;
  const { expectation, fault, at } = checked;
  const [where, message, decided] =
    fault === undefined ? [` at ${at}`, differenceText(checked), [decidedText(checked)]] : ['', fault, []];
  const hints = [...decided, ...endings];
  return problem('expectation-failed', `"${expectation.name}"${where}: ${message}`, {
    place: expectation.place,
    hint: hints.length ? hints.join('; ') : undefined,
  });
}

/** `expected encapsulated, got no-remote`; of other fields, which. */
function differenceText({ differences }: Checked): string {
  return differences
    .map(({ field, expected, got }) =>
      field === 'verdict' ? `expected ${expected}, got ${got}` : `expected ${field} ${expected}, got ${got}`,
    )
    .join('; ');
}

function decidedText({ decidedBy }: Checked): string {
  if (decidedBy.length === 0) return 'nothing of the file is about this packet';
  return `decided by ${decidedBy.map(({ what, place }) => `${what} (${place.file}:${place.line})`).join(', ')}`;
}
