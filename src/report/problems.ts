// A problem as a person reads it: place, code, sentence, the line with a caret, what to do next.
// It knows nothing of how problems are found; where they are printed to is the command's business.
import type { Problem } from '../problem.ts';

export interface ProblemStyle {
  readonly color: boolean;
}

const codes = { bold: '1', red: '1;31', yellow: '1;33', blue: '34', dim: '2' } as const;

/**
 * gateway.yaml:12:7: error[tunnel-not-found]: service "web" uses tunnel 17, which is not defined
 *       tunnel: 17
 *               ^
 *   hint: defined tunnels are 7 and 9
 */
export function formatProblem(problem: Problem, { color }: ProblemStyle): string {
  const paint = (style: keyof typeof codes, text: string) => (color ? `\x1b[${codes[style]}m${text}\x1b[0m` : text);
  const { place, severity, code, sourceLine, hint } = problem;
  const where = place ? `${paint('bold', `${clean(place.file)}:${place.line}:${place.column}:`)} ` : '';
  const what = paint(severity === 'error' ? 'red' : 'yellow', `${severity}[${code}]`);
  const lines = [`${where}${what}: ${clean(problem.message)}`];
  if (place && sourceLine !== undefined && sourceLine.trim() !== '') {
    // Each character of the line stands for itself or for one space, so that the caret is below what it means.
    const shown = Array.from(sourceLine, (character) => (/[\p{Cc}\p{Cf}\p{Cs}]/u.test(character) ? ' ' : character));
    lines.push(`  ${shown.join('')}`, `  ${' '.repeat(columnsBefore(shown, place.column - 1))}${paint('red', '^')}`);
  }
  // The verifier's last words have lines of their own.
  if (hint !== undefined) lines.push(`  ${paint('blue', 'hint:')} ${hint.split('\n').map(clean).join('\n    ')}`);
  return lines.join('\n');
}

/** Terminal columns of the characters before the caret; wide ones (CJK, most emoji) take two. */
function columnsBefore(characters: readonly string[], count: number): number {
  let columns = 0;
  for (const character of characters.slice(0, count)) columns += isWide(character) ? 2 : 1;
  return columns + Math.max(0, count - characters.length);
}

function isWide(character: string): boolean {
  return /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}\p{Script=Hangul}\p{Emoji_Presentation}\uff01-\uff60]/u.test(
    character,
  );
}

/** A file's name or a message may hold anything: no control character reaches the terminal. */
function clean(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}]/gu, '�');
}
