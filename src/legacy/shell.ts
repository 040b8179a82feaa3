// As much of the shell as scripts of the old tools use in one line: words and quotes, variables that the script itself sets,
// commands joined by && || ; | &. Anything that would have to be run to be known makes a word unknown.

export interface ShellWord {
  readonly text: string;
  /** What would have to be run to know it: `$PORT`, `$(…)`. */
  readonly unknown: string | undefined;
}

export interface ShellCommand {
  /** From 1. */
  readonly line: number;
  readonly words: readonly ShellWord[];
  /** The line as it stands, for whoever must take it by hand. */
  readonly source: string;
}

export interface Script {
  readonly commands: readonly ShellCommand[];
  /** With their lines: they may say which order of arguments is meant. */
  readonly comments: readonly { readonly line: number; readonly text: string }[];
}

/** A word, an operator or a comment. The order matters: quotes first. */
const token = /\s+|#[^\n]*|&&|\|\||[;|&]|(?:'[^']*'|"(?:\\.|[^"\\])*"|\$\([^)]*\)|`[^`]*`|\\.|[^\s'"`;|&\\])+|./gs;

export function readScript(text: string): Script {
  const variables = new Map<string, ShellWord>();
  const commands: ShellCommand[] = [];
  const comments: { line: number; text: string }[] = [];
  for (const { line, source } of logicalLines(text)) {
    let words: ShellWord[] = [];
    const end = () => {
      const rest = withoutAssignments(words, variables);
      if (rest.length > 0) commands.push({ line, words: rest, source });
      words = [];
    };
    for (const [part] of source.matchAll(token)) {
      if (/^\s/.test(part)) continue;
      if (part.startsWith('#')) comments.push({ line, text: part });
      else if (/^(?:&&|\|\||[;|&])$/.test(part)) end();
      else words.push(wordValue(part, variables));
    }
    end();
  }
  return { commands, comments };
}

/** Lines that end in a backslash go on in the next. */
function logicalLines(text: string): { line: number; source: string }[] {
  const lines: { line: number; source: string }[] = [];
  let open: { line: number; source: string } | undefined;
  for (const [at, raw] of text.split(/\r?\n/).entries()) {
    const current: { line: number; source: string } = open
      ? { line: open.line, source: `${open.source} ${raw.trim()}` }
      : { line: at + 1, source: raw.trim() };
    open = undefined;
    if (current.source.endsWith('\\')) open = { line: current.line, source: current.source.slice(0, -1).trimEnd() };
    else lines.push(current);
  }
  return open ? [...lines, open] : lines;
}

function withoutAssignments(words: readonly ShellWord[], variables: Map<string, ShellWord>): ShellWord[] {
  const rest = [...words];
  while (rest[0] && /^(?:export|local|readonly|if|then|else|do|!|sudo|exec|time)$/.test(rest[0].text)) rest.shift();
  for (let word = rest[0]; word; word = rest[0]) {
    const match = /^([A-Za-z_]\w*)=(.*)$/s.exec(word.text);
    if (!match) break;
    variables.set(match[1] ?? '', { text: match[2] ?? '', unknown: word.unknown });
    rest.shift();
  }
  return rest;
}

const piece =
  /'([^']*)'|"((?:\\.|[^"\\])*)"|\\(.)|(\$\([^)]*\)|`[^`]*`)|\$\{(\w+)\}|\$(\w+)|(\$\{[^}]*\})|([^'"\\$`]+|.)/gs;

function wordValue(written: string, variables: ReadonlyMap<string, ShellWord>): ShellWord {
  let text = '';
  let unknown: string | undefined;
  for (const [whole, single, double, escaped, run, braced, named, odd, plain] of written.matchAll(piece)) {
    if (single !== undefined) text += single;
    else if (double !== undefined) {
      const inner = quotedValue(double, variables);
      text += inner.text;
      unknown ??= inner.unknown;
    } else if (escaped !== undefined) text += escaped;
    else if (run !== undefined || odd !== undefined) unknown ??= run?.startsWith('$(') ? '$(…)' : whole.slice(0, 20);
    else if (braced !== undefined || named !== undefined) {
      const known = variables.get(braced ?? named ?? '');
      text += known?.text ?? '';
      unknown ??= known ? known.unknown : whole;
    } else text += plain ?? '';
  }
  return { text, unknown };
}

function quotedValue(inner: string, variables: ReadonlyMap<string, ShellWord>): ShellWord {
  const parts = inner.split(/(\\["$`\\]|\$\([^)]*\)|`[^`]*`|\$\{\w+\}|\$\w+)/);
  let text = '';
  let unknown: string | undefined;
  for (const [at, part] of parts.entries()) {
    if (at % 2 === 0) text += part;
    else if (part.startsWith('\\')) text += part.slice(1);
    else {
      const value = wordValue(part, variables);
      text += value.text;
      unknown ??= value.unknown;
    }
  }
  return { text, unknown };
}
