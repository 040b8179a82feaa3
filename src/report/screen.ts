// A text that replaces itself on a terminal: from the top left corner on, each line erased to its end, and what is below as well.
// (ECMA-48: CUP, EL, ED.) What the terminal has no room for is cut, since a line that wraps would push the first one out.

export interface ScreenSize {
  readonly rows: number;
  readonly columns: number;
}

const [home, eraseLine, eraseBelow] = ['\u001b[H', '\u001b[K', '\u001b[J'];

/** @param text whole lines; @param foot one line that is always seen */
export function screenText(text: string, foot: string, { rows, columns }: ScreenSize): string {
  const lines = text.split('\n').slice(0, -1);
  const room = Math.max(0, rows - 1);
  const hidden = lines.length - room;
  const shown = hidden > 0 ? lines.slice(0, room) : lines;
  const last = hidden > 0 ? `${foot} · ${hidden} more lines` : foot;
  return home + [...shown, last].map((line) => cut(line, columns) + eraseLine).join('\n') + eraseBelow;
}

/** To so many characters; colours take no room, and end with the line. */
function cut(line: string, columns: number): string {
  let left = columns;
  let result = '';
  // biome-ignore lint/suspicious/noControlCharactersInRegex: that is what colours are made of
  for (const part of line.split(/(\u001b\[\d+m)/)) {
    if (part.startsWith('\u001b')) result += part;
    else {
      result += part.slice(0, left);
      left -= Math.min(left, part.length);
    }
  }
  return result;
}
