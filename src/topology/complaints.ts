// Collects problems while reading, with their place and source line, and stops when nobody would read on.
// It knows documents and secrets, and nothing of what is wrong.
import { hasErrors, type Place, type Problem, type ProblemCode, problem } from '../problem.ts';
import { carriedSecrets, tellsOneOf } from './carried.ts';
import {
  findField,
  lineStartsOf,
  lineText,
  offsetOf,
  type Path,
  placeAt,
  rootNode,
  type Source,
  type TextDocument,
} from './document.ts';
import { mayShowUnparsed, secretLines, veiled } from './secrets.ts';

/** More problems than this are counted, not shown. */
export const mostProblems = 100;
/** A longer line (a JSON file without line breaks) would be no help. */
const longestSourceLine = 300;

/** Instead of the words of a problem that would quote a key. */
const brought = {
  message: 'what is wrong here is not told: an alias brings the text of a key here, and no key is ever shown',
  hint: 'write out what belongs here; the alias of a key is for keys',
} as const;

export interface Complaints {
  /** A problem that would quote a key, which an alias brought to another field, loses its own words. */
  add(problem: Problem): void;
  /** Before there are problems of it. */
  reads(document: TextDocument): void;
  /** Whether enough was found to stop looking. */
  isFull(): boolean;
  hasErrors(): boolean;
  list(): readonly Problem[];
  /** The lines of a document that no problem may show. */
  secretLines(document: TextDocument): ReadonlySet<number>;
}

export function createComplaints(): Complaints {
  const problems: Problem[] = [];
  const secrets = new Map<TextDocument, ReadonlySet<number>>();
  const carried = new Map<TextDocument, ReadonlySet<string> | undefined>();
  const tells = (text = ''): boolean =>
    [...carried].some(([document, known]) => {
      const texts = known ?? carriedSecrets(document);
      carried.set(document, texts);
      return tellsOneOf(texts, text);
    });
  const withoutKeys = (one: Problem): Problem => {
    const { sourceLine, ...rest } = one;
    if (tells(one.message) || tells(one.hint)) return { ...rest, ...brought };
    return tells(sourceLine) ? rest : one;
  };
  return {
    add(one) {
      if (problems.length < mostProblems) problems.push(withoutKeys(one));
      else if (problems.length === mostProblems)
        problems.push(
          problem('too-many-problems', `there are more than ${mostProblems} problems; the rest is not shown`, {
            hint: 'mend these first, then read again',
          }),
        );
    },
    reads(document) {
      carried.set(document, undefined);
    },
    isFull: () => problems.length > mostProblems,
    hasErrors: () => hasErrors(problems),
    list: () => problems,
    secretLines(document) {
      const known = secrets.get(document) ?? secretLines(document);
      secrets.set(document, known);
      return known;
    },
  };
}

/** A mapping or list item that is being read, and where what is wrong with it goes. */
export interface Subject {
  readonly document: TextDocument;
  readonly node: number;
  readonly complaints: Complaints;
}

export interface Complaint {
  readonly path?: Path;
  /** The field's name instead of its value. */
  readonly atName?: boolean;
  readonly hint?: string | undefined;
  readonly hideSource?: boolean;
  readonly severity?: 'warning';
}

export function complain(subject: Subject, code: ProblemCode, message: string, more: Complaint = {}): undefined {
  const { document, complaints } = subject;
  const field = findField(document, subject.node, more.path ?? []);
  const offset = offsetOf(document, more.atName ? field.name : field.value);
  const place = placeAt(document.source, document.lineStarts, offset);
  const line = lineText(document.source.text, document.lineStarts, place.line);
  const hide = more.hideSource || line.length > longestSourceLine || complaints.secretLines(document).has(place.line);
  complaints.add(
    problem(code, message, { place, hint: more.hint, sourceLine: hide ? undefined : line }, more.severity),
  );
  return undefined;
}

/** The subject that stands for a document as a whole. */
export function wholeDocument(document: TextDocument, complaints: Complaints): Subject {
  return { document, node: rootNode, complaints };
}

/** A problem in a text that could not be read as YAML. */
export function complainUnparsed(
  source: Source,
  complaints: Complaints,
  code: ProblemCode,
  message: string,
  offset: number,
  hint?: string,
): void {
  const starts = lineStartsOf(source.text);
  const place: Place = placeAt(source, starts, Math.min(offset, source.text.length));
  const line = lineText(source.text, starts, place.line);
  const shown = mayShowUnparsed(source.text, line) ? line : veiled(line, offset - (starts[place.line - 1] ?? 0));
  complaints.add(
    problem(code, message, { place, hint, sourceLine: line.length <= longestSourceLine ? shown : undefined }),
  );
}
