// Texts of keys that aliases can bring to where no key belongs (`endpoint: *a`, where `x-key: &a …`), so that no message quotes them
// there. Asked only when there is a problem to show, and empty for a text without such aliases.
import { children, isMapping, nameText, type TextDocument } from './document.ts';
import { isSafeName, secretEntries } from './secrets.ts';
import { quote } from './wording.ts';

/** As messages would show them. */
export function carriedSecrets(document: TextDocument): ReadonlySet<string> {
  const shown = new Set<string>();
  if (document.targets.size === 0) return shown;
  const secret = new Uint8Array(document.events.length);
  for (const { name, value } of secretEntries(document)) secret.fill(1, name, document.next[value]);
  // What an alias stands for comes before it, so that the last ones first leave none out.
  for (const [alias, target] of [...document.targets].sort(([a], [b]) => b - a)) {
    if (secret[alias] && !secret[target]) secret.fill(1, target, document.next[target]);
    if (secret[target]) addTexts(document, target, shown);
  }
  return shown;
}

/** Of scalars, but for fields that hold no key and what they hold. */
function addTexts(document: TextDocument, node: number, shown: Set<string>): void {
  const nodes = children(document, node);
  for (const [at, child] of nodes.entries()) {
    const name = isMapping(document, node) ? nameText(document, nodes[at - (at % 2)] ?? child) : undefined;
    if (name === undefined || !isSafeName(name)) addTexts(document, child, shown);
  }
  const text = nameText(document, node);
  if (text) for (const one of [text, quote(text).slice(1, -1), String(Number(text))]) shown.add(one);
  shown.delete('NaN');
}

/** Whether `text` has one of them, not as a part of a longer word. */
export function tellsOneOf(secrets: Iterable<string>, text: string): boolean {
  for (const secret of secrets)
    for (let at = text.indexOf(secret); at >= 0; at = text.indexOf(secret, at + 1))
      if (!isWord(text[at - 1]) && !isWord(text[at + secret.length])) return true;
  return false;
}

function isWord(character: string | undefined): boolean {
  return character !== undefined && /\w/.test(character);
}
