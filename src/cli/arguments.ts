// What stands behind a command without a dash: its word in help, what it means, and the words that it may be.

export interface ArgumentSpec {
  readonly word: string;
  readonly meaning: string;
  /** None: any text. */
  readonly choices: readonly string[];
}

const meanings: Readonly<Record<string, string>> = {
  plan: 'a plan that `plan -o` saved, instead of -f',
  action: 'list unless told',
  generation: 'its number; two of them, `11..12`, for diff',
  'files...': 'scripts, dumps of maps as JSON, or -',
  'words...': 'get, set or del, and what; in the order of the old tools',
  interface: "one of the instance's; without it, all",
  direction: 'one only; without it, both',
  what: 'one table; without it, all but flows',
  packet: 'in words, in quotes; the examples below show how',
  table: 'a table, or `service`',
  key: 'the key of a row, in quotes',
  field: 'where it stands in the file: services.key; without it, what the file has at its top',
  kind: 'topology (the file, unless told), or a document: plan, status, …; list names all',
  shell: 'which shell the script is for',
};

/** Choices that are no table of `show`, by one word of theirs. */
const wordByChoice: Readonly<Record<string, string>> = { ingress: 'direction', diff: 'action', bash: 'shell' };

/** @param written as in the table of commands: `[name]`, `[a|b]` */
export function argumentOf(written: string): ArgumentSpec {
  const inner = written.replace(/^\[|\]$/g, '');
  const choices = inner.includes('|') ? inner.split('|') : [];
  const known = Object.keys(wordByChoice).find((one) => choices.includes(one));
  const word = choices.length === 0 ? inner : (wordByChoice[known ?? ''] ?? 'what');
  return { word, meaning: meanings[word] ?? '', choices };
}
