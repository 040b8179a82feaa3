// Brackets and braces of a text that is not YAML: which of them is never closed, or closed by the other kind.
// It looks at characters alone, since nobody can say what belongs to what in such a text.

export interface BracketFault {
  readonly kind: 'open' | 'mismatch' | 'surplus';
  readonly offset: number;
  /** What should stand there, or close it. */
  readonly wanted?: string;
  /** Where the one begins that is closed by the wrong kind. */
  readonly opened?: number;
}

const closing: Readonly<Record<string, string>> = { '[': ']', '{': '}' };
/** A field or an item of block style: no line of a list in brackets begins so. */
const blockLine = /^(?:- |-$|[A-Za-z][\w-]*:(?:\s|$))/;

interface Opened {
  readonly offset: number;
  readonly indent: number;
  readonly wanted: string;
}

/** The first fault of brackets in a text. Quoted text and comments are passed over; a quote that is not closed ends with its line. */
export function bracketFault(text: string): BracketFault | undefined {
  const open: Opened[] = [];
  let start = 0;
  for (const line of text.split('\n')) {
    const indent = line.length - line.trimStart().length;
    const outermost = open.at(-1);
    if (outermost && indent <= outermost.indent && blockLine.test(line.trimStart())) return unclosed(outermost);
    const fault = inLine(line, start, indent, open);
    if (fault) return fault;
    start += line.length + 1;
  }
  const left = open.at(-1);
  return left && unclosed(left);
}

function unclosed({ offset, wanted }: Opened): BracketFault {
  return { kind: 'open', offset, wanted };
}

function inLine(line: string, start: number, indent: number, open: Opened[]): BracketFault | undefined {
  for (let at = 0; at < line.length; at++) {
    const character = line[at] ?? '';
    if (character === '#' && (at === 0 || /\s/.test(line[at - 1] ?? ''))) return undefined;
    if ((character === '"' || character === "'") && startsValue(line, at, open.length > 0)) at = endOfQuoted(line, at);
    else if (character in closing && startsValue(line, at, open.length > 0))
      open.push({ offset: start + at, indent, wanted: closing[character] ?? '' });
    else if (character === ']' || character === '}') {
      const last = open.pop();
      const offset = start + at;
      if (last && last.wanted !== character)
        return { kind: 'mismatch', offset, wanted: last.wanted, opened: last.offset };
      if (!last && /[\]}]\s*$/.test(line.slice(0, at))) return { kind: 'surplus', offset };
    }
  }
  return undefined;
}

/** Inside of plain text a bracket or a quote is a character like any other. */
function startsValue(line: string, at: number, isInside: boolean): boolean {
  const before = line.slice(Math.max(0, at - longestGap), at);
  return (isInside ? /(?:^|[[{,:])\s*$/ : /(?:^|:\s|-\s)\s*$/).test(before);
}
/** A line may be a whole file: no more of it is looked back at. */
const longestGap = 40;

function endOfQuoted(line: string, at: number): number {
  const quote = line[at];
  for (let end = at + 1; end < line.length; end++) {
    if (line[end] === '\\' && quote === '"') end++;
    else if (line[end] === quote) return end;
  }
  return line.length;
}
