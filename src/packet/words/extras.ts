// The words behind the addresses, each at most once and in any order: what may be said of which packet.
import type { Family } from '../../net/ip.ts';
import { listed, type Range, type Scanner, unexpected, type Word } from './scan.ts';
import { type FlagName, flagNames, type PlainWords } from './words.ts';

const numbers = {
  length: [20, 65535, 'the length of the IP packet'],
  ttl: [0, 255, 'a TTL'],
  tos: [0, 255, 'a TOS or traffic class'],
  vlan: [0, 4095, 'a VLAN number'],
  mss: [0, 65535, 'an MSS'],
  id: [0, 65535, 'an identifier'],
  fragment: [0, 65528, 'an offset in bytes'],
  'fragment-id': [0, 65535, 'an identification'],
} as const satisfies Record<string, Range>;

export type NumberName = keyof typeof numbers;
export type MarkName = FlagName | 'df' | 'no-df' | 'last';

/** What was said, and where. */
export interface Extras {
  readonly numbers: Partial<Record<NumberName, number>>;
  has(mark: MarkName): boolean;
  flags(): FlagName[];
  /** Where that was said; where the text ends, if it was not. */
  at(name: NumberName | MarkName): Word;
}

const ofAll: readonly NumberName[] = ['length', 'ttl', 'tos', 'vlan'];
const ofFragments: readonly NumberName[] = ['fragment', 'fragment-id'];

export function parseExtras(scanner: Scanner, kind: PlainWords['kind'], family: Family): Extras {
  const { numberNames, marks } = allowed(kind, family);
  const said = new Map<string, Word>();
  const values: Partial<Record<NumberName, number>> = {};
  for (let word = scanner.peek(); word.text !== '' && word.text !== 'in'; word = scanner.peek()) {
    if (said.has(word.text)) unexpected(word, `"${word.text}" once only`);
    const name = scanner.oneOf([...numberNames, ...marks], `${listed([...numberNames, ...marks])}, or "in tunnel"`);
    said.set(name, word);
    if (isNumberName(name)) values[name] = scanner.number(numbers[name]);
  }
  const end = scanner.peek();
  return {
    numbers: values,
    has: (mark) => said.has(mark),
    flags: () => flagNames.filter((one) => said.has(one)),
    at: (name) => said.get(name) ?? end,
  };
}

function allowed(
  kind: PlainWords['kind'],
  family: Family,
): { numberNames: readonly NumberName[]; marks: readonly MarkName[] } {
  const df: MarkName[] = family === 4 ? ['df', 'no-df'] : [];
  if (kind === 'udp') return { numberNames: [...ofAll, ...ofFragments], marks: [...df, 'last'] };
  if (kind !== 'tcp') return { numberNames: [...ofAll, 'id'], marks: df };
  return { numberNames: [...ofAll, 'mss', ...ofFragments], marks: [...flagNames, ...df, 'last'] };
}

function isNumberName(name: string): name is NumberName {
  return name in numbers;
}

export function vlanIn(scanner: Scanner): number {
  return scanner.number(numbers.vlan);
}

export function tosIn(scanner: Scanner): number {
  return scanner.number(numbers.tos);
}
