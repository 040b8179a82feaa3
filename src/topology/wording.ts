// Words for problems: values quoted safely, lists joined, near misses found.
// It knows nothing of topologies; keys never come here.

/** A value as a message shows it: one line, at most 60 characters, control characters escaped. */
export function show(value: unknown): string {
  if (value === null || value === undefined) return 'empty';
  if (typeof value === 'string') return quote(value);
  if (typeof value === 'number' || typeof value === 'boolean') return String(value);
  return Array.isArray(value) ? 'a list' : 'a mapping';
}

export function quote(text: string): string {
  const characters = Array.from(text.slice(0, 122));
  const cut = characters.length > 60 ? `${characters.slice(0, 59).join('')}…` : text;
  return `"${printable(cut).replaceAll('"', '\\"')}"`;
}

/** Escapes what would move the cursor, colour the terminal or turn the text around. */
export function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Cf}\p{Cs}\u2028\u2029]/gu, (character) => {
    const code = character.codePointAt(0) ?? 0;
    return code > 0xffff ? `\\u{${code.toString(16)}}` : `\\u${code.toString(16).padStart(4, '0')}`;
  });
}

/** For a shell, in single quotes, as bash, zsh and fish read them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As somebody would type it: quoted only where a shell would not take it as it is. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text);
}

/** "1", "1 and 2", "1, 2 and 3"; after `most`, "and 17 more". */
export function listed(items: readonly (string | number)[], word: 'and' | 'or' = 'and', most = 10): string {
  const shown = items.length > most ? [...items.slice(0, most), `${items.length - most} more`] : items;
  const last = shown[shown.length - 1];
  return shown.length > 1 ? `${shown.slice(0, -1).join(', ')} ${word} ${last}` : String(last ?? '');
}

/** The candidate that was probably meant, if one is near enough. */
export function nearest(text: string, candidates: readonly string[]): string | undefined {
  if (text.length > 40) return undefined;
  let best: string | undefined;
  let bestDistance = Math.max(1, Math.floor(text.length / 3)) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(text.toLowerCase(), candidate.toLowerCase());
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours. */
function editDistance(a: string, b: string): number {
  let before: number[] = [];
  let previous = Array.from({ length: b.length + 1 }, (_, j) => j);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const same = a[i - 1] === b[j - 1] ? 0 : 1;
      let least = Math.min((previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1, (previous[j - 1] ?? 0) + same);
      if (i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1])
        least = Math.min(least, (before[j - 2] ?? 0) + 1);
      row.push(least);
    }
    before = previous;
    previous = row;
  }
  return previous[b.length] ?? 0;
}
