// Text as man(7) macros: what is special to roff is escaped here, and nowhere else.

/** Of one line of text. A dash is an ASCII dash, so that what is copied from a manual can be typed. */
export function roff(text: string): string {
  return text
    .replaceAll('\\', '\\e')
    .replaceAll('-', '\\-')
    .replaceAll("'", '\\(aq')
    .replaceAll('`', '\\(ga')
    .replaceAll('^', '\\(ha')
    .replaceAll('~', '\\(ti')
    .replaceAll('…', '...')
    .replaceAll('→', '\\(->')
    .replaceAll('≥', '\\(>=')
    .replace(/^\./, '\\&.');
}

/** `code` between backquotes is bold; everything else as it is. */
export function prose(text: string): string {
  return text
    .split(/`([^`]+)`/)
    .map((part, at) => (at % 2 === 1 ? `\\fB${roff(part)}\\fR` : roff(part)))
    .join('')
    .replace(/^([.'])/, '\\&$1');
}

export interface PageHead {
  readonly name: string;
  readonly section: 1 | 5;
  readonly summary: string;
  readonly version: string;
  /** `2026-11-26`. */
  readonly date: string;
}

export function pageHead({ name, section, summary, version, date }: PageHead): string[] {
  return [
    '.\\" Made from the tables of trueingress. Do not edit.',
    `.TH ${roff(name.toUpperCase())} ${section} ${date} "trueingress ${version}" "TrueIngress manual"`,
    '.SH NAME',
    `${roff(name)} \\- ${prose(summary)}`,
  ];
}

/** A term in bold, and what it means. */
export function entry(term: string, ...meaning: readonly string[]): string[] {
  return ['.TP', term, ...meaning.map(prose)];
}

/** Lines as they are. */
export function display(lines: readonly string[]): string[] {
  return ['.PP', '.RS 4', '.nf', ...lines.map((line) => (line === '' ? '\\&' : roff(line))), '.fi', '.RE'];
}
