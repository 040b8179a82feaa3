// Which lines of a text hold keys, so that no problem ever shows one. Asked only when there is a problem to show.
// It errs on the side of hiding: a line too few in a message is a nuisance, a key in a log is an incident.
import { children, isMapping, lineIndex, nameText, offsetOf, resolved, type TextDocument } from './document.ts';
import { eventKinds } from './parse.ts';

const secretName = /key|sign|secret|pass|token|psk/i;
/** Below a key these say where it is, not what it is. */
const referenceNames = new Set(['file', 'env']);

export function isSecretName(name: string): boolean {
  return secretName.test(name);
}

/** Numbers, from 1, of the lines on which a field named like a key, or what it refers to, stands. */
export function secretLines(document: TextDocument): ReadonlySet<number> {
  const lines = new Set<number>();
  for (let node = 1; node < document.events.length; node++) {
    if (!isMapping(document, node)) continue;
    const nodes = children(document, node);
    for (let at = 0; at + 1 < nodes.length; at += 2) {
      const [name = 0, value = 0] = nodes.slice(at, at + 2);
      if (!isSecretName(nameText(document, name) ?? '') || isReference(document, value)) continue;
      addLines(document, name, document.next[value] ?? value, lines);
      const target = resolved(document, value);
      if (target !== value) addLines(document, target, document.next[target] ?? target, lines);
    }
  }
  return lines;
}

function isReference(document: TextDocument, node: number): boolean {
  if (!isMapping(document, node)) return false;
  const nodes = children(document, node);
  return nodes.every((name, at) => at % 2 === 1 || referenceNames.has(nameText(document, name) ?? ''));
}

function addLines(document: TextDocument, from: number, to: number, lines: Set<number>): void {
  const start = offsetOf(document, from);
  let end = start;
  for (let node = from; node < to; node++) {
    const event = document.events[node];
    if (event?.type === eventKinds.SCALAR) end = Math.max(end, event.valueEnd - 1);
  }
  const last = lineIndex(document.lineStarts, end);
  for (let line = lineIndex(document.lineStarts, start); line <= last; line++) lines.add(line + 1);
}

/**
 * The same question of a text that is not YAML: by indentation alone. A line may be shown when it, and the lines it is
 * indented below, name nothing like a key, and the text looks like a topology at all (it might be a key file).
 */
export function mayShowUnparsed(text: string, lineOf: (line: number) => string, line: number): boolean {
  if (!text.includes('apiVersion')) return false;
  let indentation = Number.POSITIVE_INFINITY;
  for (let at = line; at >= Math.max(1, line - 50); at--) {
    const content = lineOf(at);
    const depth = content.search(/\S/);
    if (depth < 0) continue;
    if (depth < indentation || at === line - 1) {
      if (secretName.test(content) || /\b(?:text|hex|base64)\s*:/.test(content)) return false;
      indentation = Math.min(indentation, depth);
    }
    if (depth === 0) break;
  }
  return true;
}
