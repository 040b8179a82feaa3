// IPv4 options, read for one question: whether they route the packet (RFC 791 section 3.1).

const kinds = { end: 0, noOperation: 1, looseSourceRoute: 131, strictSourceRoute: 137 } as const;
/** With more of them nobody can tell. */
const mostRead = 12;

/** `options`: what the header has behind its 20 bytes. True as well where they break the rules, since then nobody can tell. */
export function isSourceRouted(options: Uint8Array): boolean {
  let at = 0;
  for (let read = 0; at < options.length; read++) {
    if (read === mostRead) return true;
    const kind = options[at];
    if (kind === kinds.end) return false;
    if (kind === kinds.looseSourceRoute || kind === kinds.strictSourceRoute) return true;
    const length = kind === kinds.noOperation ? 1 : (options[at + 1] ?? 0);
    if (kind !== kinds.noOperation && (length < 2 || at + length > options.length)) return true;
    at += length;
  }
  return false;
}
