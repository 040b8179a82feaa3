// What a person did where a text stops being YAML: readers name the place at which they gave up, which is often a line later.
// Recognised by the characters around it; what is not recognised keeps the words of syntax.ts. Nothing of a value is ever said.
import { bracketFault } from './brackets.ts';
import { lineIndex, lineText } from './document.ts';
import type { TextFault } from './parse.ts';
import { isSafeName } from './secrets.ts';

export interface Cause {
  readonly message: string;
  readonly offset: number;
  readonly hint: string;
}

interface Scene {
  readonly text: string;
  readonly lineStarts: Int32Array;
  /** From 1. */
  readonly number: number;
  readonly line: string;
  /** Of the line. */
  readonly start: number;
  readonly fault: TextFault;
}

/** Reasons under which readers give up although the cause is another, or stands above. */
export function isVague({ reason }: TextFault): boolean {
  return vague.test(reason);
}
const vague =
  /BAD_INDENT|MISSING_CHAR|UNEXPECTED_TOKEN|BLOCK_IN_FLOW|IMPLICIT_KEY|TAB_AS_INDENT|indentation|flow collection|multiline key|mapping key|end of the stream$/;
const longestSearched = 1_000_000;
const spaceWanted = 'YAML wants a space there';

/** @param isFirst of the text: behind it a reader is lost, and what it says of indentation is no help */
export function causeOf(text: string, lineStarts: Int32Array, fault: TextFault, isFirst: boolean): Cause | undefined {
  if (!isVague(fault) || text.length > longestSearched) return undefined;
  const index = lineIndex(lineStarts, fault.offset);
  const start = lineStarts[index] ?? 0;
  const scene = { text, lineStarts, number: index + 1, line: lineText(text, lineStarts, index + 1), start, fault };
  const certain =
    tabbed(scene) ?? oddlySpaced(scene) ?? unsettledMerge(scene) ?? bracket(scene) ?? glued(scene) ?? behind(scene);
  return certain ?? (isFirst ? indented(scene) : undefined);
}

function tabbed({ line, start }: Scene): Cause | undefined {
  const at = /^ *(?=\t)/.exec(line)?.[0].length;
  if (at === undefined) return undefined;
  return { message: 'a tab is used for indentation', offset: start + at, hint: 'put spaces in its place' };
}

/** Where YAML wants a space: before the first field, behind a dash or a colon. Copied from a web page or a letter, mostly. */
const oddSpace = /^(?: *(?:- *)*|[^#"']*?[:-] *)[\u00a0\u2000-\u200b\u202f\u205f\u3000\ufeff]/;

/** On the line at which the reader gave up, or the one above it: such a character ends no name. */
function oddlySpaced({ text, lineStarts, number }: Scene): Cause | undefined {
  for (const near of [number, nextLine(text, lineStarts, number, -1)]) {
    const found = oddSpace.exec(near === undefined ? '' : lineText(text, lineStarts, near));
    if (!near || !found) continue;
    const offset = (lineStarts[near - 1] ?? 0) + found[0].length - 1;
    const code = text.charCodeAt(offset).toString(16).toUpperCase().padStart(4, '0');
    const message = `this looks like a space and is another character (U+${code})`;
    return { message, offset, hint: 'replace it by a plain space; copying from a web page brings it' };
  }
  return undefined;
}

function unsettledMerge({ line, start }: Scene): Cause | undefined {
  if (!/^(?:<{7}|={7}|>{7})(?:\s|$)/.test(line)) return undefined;
  const hint = 'keep one of the two sides, and remove the lines of <, = and >';
  return { message: 'a merge of two versions was not settled here', offset: start, hint };
}

function bracket({ text, lineStarts, fault, number }: Scene): Cause | undefined {
  const found = bracketFault(text);
  if (!found || found.offset > fault.offset) return commaMissing(fault);
  const word = (character: string): string => (/[[\]]/.test(character) ? 'bracket' : 'brace');
  const character = text[found.offset] ?? '';
  if (found.kind === 'open') {
    const message = `this ${word(character)} is not closed`;
    return { message, offset: found.offset, hint: `close it with ${found.wanted} behind its last item` };
  }
  if (lineIndex(lineStarts, found.offset) + 1 !== number) return undefined;
  if (found.kind === 'surplus') {
    const message = `this ${word(character)} closes nothing`;
    return { message, offset: found.offset, hint: 'remove it' };
  }
  const opened = lineIndex(lineStarts, found.opened ?? 0) + 1;
  const message = `what was opened by ${found.wanted === ']' ? '[' : '{'} in line ${opened} is closed by ${character}`;
  return { message, offset: found.offset, hint: `write ${found.wanted} in its place` };
}

function commaMissing({ offset, reason }: TextFault): Cause | undefined {
  if (!/missed comma|BLOCK_IN_FLOW/.test(reason)) return undefined;
  const hint = 'put a comma between two items or fields in brackets or braces, and text that contains ": " in quotes';
  return { message: 'a comma is missing here', offset, hint };
}

/** `role:gateway`, `-name: web`, `remote learned`. */
function glued({ line, start, fault, text, lineStarts, number }: Scene): Cause | undefined {
  const indent = /^\s*/.exec(line)?.[0].length ?? 0;
  const content = line.slice(indent);
  if (/^-[A-Za-z]/.test(content)) {
    const message = 'a space is missing behind the dash';
    return { message, offset: start + indent + 1, hint: 'write "- " before the first field of an item' };
  }
  if (fault.reason.includes('UNEXPECTED_TOKEN')) return undefined;
  const dash = /^(?:- +)*/.exec(content)?.[0].length ?? 0;
  const [, name = '', next = ''] = /^([A-Za-z][\w-]*)(.?)/.exec(content.slice(dash)) ?? [];
  const end = start + indent + dash + name.length;
  const known = isSafeName(name) ? name : 'name';
  if (next === ':' && /\S/.test(text[end + 1] ?? ' ') && !content.includes(': '))
    return { message: `${spaceMissing} the colon`, offset: end + 1, hint: `write "${known}: " before the value` };
  if (name === '' || next === ':' || content.includes(': ')) return undefined;
  const isHead = content.slice(dash + name.length).trim() === '' && indentAfter(text, lineStarts, number) > indent;
  if (!isHead && !isSafeName(name)) return undefined;
  return { message: 'a colon is missing behind the name', offset: end, hint: `write "${known}:"` };
}
const spaceMissing = 'a space is missing behind';

/** Something stands behind what was ended by a quote or a bracket; a dash begins a list behind a name. */
function behind({ line, start, fault }: Scene): Cause | undefined {
  if (!/UNEXPECTED_TOKEN|MISSING_CHAR|bad indentation of a mapping/.test(fault.reason)) return undefined;
  const at = fault.offset - start;
  const before = line.slice(0, at).trimEnd();
  const { offset } = fault;
  if (line[at] === '#') return { message: 'a space is missing before this #', offset, hint: spaceWanted };
  if (/^- /.test(line.slice(at)) && before.endsWith(':'))
    return { message: 'a list begins here on the line of its name', offset, hint: 'begin it on the next line' };
  if (/["']$/.test(before)) {
    const hint = 'put all of it in the quotes, or remove what stands behind them';
    return { message: 'there is something behind the closing quote', offset, hint };
  }
  if (!/[\]}]$/.test(before)) return undefined;
  const hint = 'put all of it in quotes, or remove what stands behind the bracket or brace';
  return { message: 'there is something behind the closing bracket', offset, hint };
}

/** A line that is deeper than the one before it, which has a value; or as deep as none above it. */
function indented({ text, lineStarts, number, line, fault }: Scene): Cause | undefined {
  const depths = (count: number): string => (count === 0 ? 'nothing' : count === 1 ? '1 space' : `${count} spaces`);
  if (/IMPLICIT_KEY/.test(fault.reason)) {
    const next = nextLine(text, lineStarts, number);
    const depth = indentOf(line) + (/^(?:- +)*/.exec(line.trimStart())?.[0].length ?? 0);
    if (next === undefined || (line.match(/: /g)?.length ?? 0) > 1) return undefined;
    const deeper = lineText(text, lineStarts, next);
    const indent = indentOf(deeper);
    if (indent <= depth) return undefined;
    const message = `this line is indented by ${depths(indent)}, and line ${number}, which has a value already, by ${depth}`;
    return { message, offset: (lineStarts[next - 1] ?? 0) + indent, hint: `indent both alike: by ${depth}, say` };
  }
  const indent = indentOf(line);
  const above = depthsAbove(text, lineStarts, number);
  if (fault.offset > (lineStarts[number - 1] ?? 0) + indent || above.includes(indent)) return undefined;
  const near = above.filter((depth) => Math.abs(depth - indent) <= 2);
  const message = `this line is indented by ${depths(indent)}, and none above it that it could belong to is`;
  const hint = `indent it like one of them: by ${(near.length > 0 ? near : above).join(' or ')}`;
  return { message, offset: (lineStarts[number - 1] ?? 0) + indent, hint };
}

function indentOf(line: string): number {
  return /^ */.exec(line)?.[0].length ?? 0;
}

/** The number of the next line with something on it; `step` -1: of the one above. */
function nextLine(text: string, lineStarts: Int32Array, number: number, step: 1 | -1 = 1): number | undefined {
  for (let next = number + step; next > 0 && next <= lineStarts.length; next += step)
    if (/^\s*[^\s#]/.test(lineText(text, lineStarts, next))) return next;
  return undefined;
}

function indentAfter(text: string, lineStarts: Int32Array, number: number): number {
  const next = nextLine(text, lineStarts, number);
  return next === undefined ? 0 : indentOf(lineText(text, lineStarts, next));
}

/** Where fields begin in the lines above that are still open, deepest first: those behind a dash begin behind it. */
function depthsAbove(text: string, lineStarts: Int32Array, number: number): number[] {
  const depths: number[] = [];
  let least = Number.POSITIVE_INFINITY;
  for (let above = number - 1; above > 0 && least > 0; above--) {
    const line = lineText(text, lineStarts, above);
    if (!/^\s*[^\s#]/.test(line)) continue;
    const indent = indentOf(line);
    const dash = /^(?:- +)*/.exec(line.trimStart())?.[0].length ?? 0;
    for (const depth of dash > 0 ? [indent + dash, indent] : [indent])
      if (depth < least) {
        depths.push(depth);
        least = depth;
      }
  }
  return depths;
}

/** `[2001:db8::4]`, behind which a reader of YAML stumbles over the colon: it has just read a list. */
const address = /\[[0-9a-f.]*:[0-9a-f:.]*\]$/i;

export function addressCause(text: string, { offset }: TextFault): Cause | undefined {
  const read = address.exec(text.slice(Math.max(0, offset - 60), offset));
  if (!read || text[offset] !== ':') return undefined;
  const hint = 'put address and port in quotes, such as "[2001:db8::4]:6080"';
  return { message: 'YAML takes the brackets of this address for a list', offset: offset - read[0].length, hint };
}
