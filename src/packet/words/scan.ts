// A text as words with their columns, and readers of the kinds of word that the grammars have. A reader that meets something else
// throws the fault, which `scan` catches: it never leaves this folder.
import { parseEndpoint } from '../../net/endpoint.ts';
import { parseIp } from '../../net/ip.ts';
import type { End, WordsFault } from './words.ts';

export interface Word {
  readonly text: string;
  /** From 1. */
  readonly column: number;
}

class Unexpected extends Error {
  readonly fault: WordsFault;
  constructor(fault: WordsFault) {
    super(fault.expected);
    this.fault = fault;
  }
}

/** `word`: what is there instead. */
export function unexpected({ text, column }: Word, expected: string): never {
  throw new Unexpected({ column, expected, found: text === '' ? undefined : text });
}

export interface Scanner {
  /** Of the text '' at the end. */
  peek(): Word;
  /** Takes the next word, which is one of these. */
  oneOf<T extends string>(texts: readonly T[], expected?: string): T;
  number(range: Range): number;
  /** An address, with or without a port. */
  end(expected: string): End & Word;
  /** Any word that `parse` makes something of. */
  word<T>(parse: (text: string) => T | undefined, expected: string): T;
}

export type Range = readonly [least: number, most: number, what: string];

/** Blanks and `>` separate. */
const words = />|[^\s>]+/g;

/** A value, or where the text is none. `parse` has to take all words. */
export function scan<T>(text: string, parse: (scanner: Scanner) => T, pattern = words): T | WordsFault {
  const found = [...text.matchAll(pattern)].map((match) => ({ text: match[0], column: match.index + 1 }));
  const scanner = scannerOf(found, { text: '', column: text.length + 1 });
  try {
    const value = parse(scanner);
    if (scanner.peek().text !== '') unexpected(scanner.peek(), 'nothing more');
    return value;
  } catch (error) {
    if (error instanceof Unexpected) return error.fault;
    throw error;
  }
}

function scannerOf(found: readonly Word[], end: Word): Scanner {
  let next = 0;
  const peek = (): Word => found[next] ?? end;
  const word = <T>(parse: (text: string) => T | undefined, expected: string): T => {
    const value = parse(peek().text);
    if (value === undefined) return unexpected(peek(), expected);
    next++;
    return value;
  };
  return {
    peek,
    word,
    oneOf: (texts, expected = listed(texts)) => word((text) => texts.find((one) => one === text), expected),
    number: ([least, most, what]) =>
      word((text) => numberIn(text, least, most), `${what}, a number from ${least} to ${most}`),
    end: (expected) => ({ ...peek(), ...word(endIn, expected) }),
  };
}

function numberIn(text: string, least: number, most: number): number | undefined {
  if (!/^(?:0|[1-9]\d{0,9})$/.test(text)) return undefined;
  const value = Number(text);
  return value >= least && value <= most ? value : undefined;
}

function endIn(text: string): End | undefined {
  const endpoint = parseEndpoint(text);
  if (typeof endpoint !== 'string') return endpoint;
  const ip = parseIp(text);
  return ip && { ip, port: undefined };
}

/** `"a", "b" or "c"`. */
export function listed(texts: readonly string[]): string {
  const quoted = texts.map((text) => `"${text}"`);
  const last = quoted.pop() ?? '';
  return quoted.length ? `${quoted.join(', ')} or ${last}` : last;
}
