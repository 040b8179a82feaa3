// An expectation that was not met, as a problem: expected, got, and the lines of the file that decided it.
import { type Problem, problem } from '../../problem.ts';
import { type Checked, isMet } from './expect.ts';

/** @param ending of the hint, where nothing of the file decided anything as well */
export function expectationProblems(checked: readonly Checked[], ending: string): Problem[] {
  return checked
    .filter((one) => !isMet(one))
    .map((one) => {
      const { expectation, fault, at } = one;
      const [where, message, decided] =
        fault === undefined ? [` at ${at}`, differenceText(one), [decidedText(one)]] : ['', fault, []];
      return problem('expectation-failed', `"${expectation.name}"${where}: ${message}`, {
        place: expectation.place,
        hint: [...decided, ending].join('; '),
      });
    });
}

/** `expected encapsulated, got no-remote`; of other fields, which. */
export function differenceText({ differences }: Checked): string {
  return differences
    .map(({ field, expected, got }) =>
      field === 'verdict' ? `expected ${expected}, got ${got}` : `expected ${field} ${expected}, got ${got}`,
    )
    .join('; ');
}

export function decidedText({ decidedBy }: Checked): string {
  if (decidedBy.length === 0) return 'nothing of the file is about this packet';
  return `decided by ${decidedBy.map(({ what, place }) => `${what} (${place.file}:${place.line})`).join(', ')}`;
}
