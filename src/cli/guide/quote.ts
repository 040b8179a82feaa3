// Text as shells take it.

/** In single quotes, as bash, zsh and fish read them. */
export function quoted(text: string): string {
  return `'${text.replaceAll("'", "'\\''")}'`;
}
