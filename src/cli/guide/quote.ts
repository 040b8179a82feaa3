// Text as shells take it.

/** In single quotes, as bash, zsh and fish read them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}

/** As somebody would type it: quoted only where a shell would not take it as it is. */
export function shellWord(text: string): string {
  return /^[\w./:@%+=,-]+$/.test(text) ? text : quoted(text);
}
