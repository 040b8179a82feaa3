// Syntax faults in our own words. Both packages' reasons may quote the text, and the text may hold a key:
// a reason is recognised here, never passed on.
import type { TextFault } from './parse.ts';
import type { Cause } from './syntax-cause.ts';

interface Saying {
  readonly when: RegExp;
  readonly message: string;
  readonly hint: string;
}

/** js-yaml's reasons and the error codes of package yaml. */
const sayings: readonly Saying[] = [
  {
    when: /TAB_AS_INDENT|tab characters/,
    message: 'a tab is used for indentation',
    hint: 'put spaces in its place',
  },
  {
    when: /quoted scalar|unexpected end of the stream within a (?:single|double)/,
    message: 'a quoted text is not closed',
    hint: 'add the closing quote',
  },
  {
    when: /MISSING_CHAR|missed comma|flow collection/,
    message: 'a bracket, brace, comma, colon or quote is missing here',
    hint: 'see that each [ has its ], each { its }, each quote its end, each name its colon',
  },
  {
    when: /BAD_DQ_ESCAPE|escape sequence|hexadecimal/,
    message: 'a backslash stands before a character that YAML does not know there',
    hint: 'write two backslashes, or use single quotes',
  },
  {
    when: /BAD_SCALAR_START|reserved|cannot start/,
    message: 'text cannot start with this character',
    hint: 'put the text in quotes',
  },
  {
    when: /BAD_ALIAS|unidentified alias|alias/,
    message: 'this alias refers to an anchor that is not defined above',
    hint: 'text that starts with * must be quoted',
  },
  {
    when: /TAG_RESOLVE_FAILED|\btag\b|MULTIPLE_TAGS/,
    message: 'tags (words that start with !) are not used in a topology',
    hint: 'text that starts with ! must be quoted',
  },
  {
    when: /anchor|MULTIPLE_ANCHORS/,
    message: 'an anchor (a word that starts with &) is not expected here',
    hint: 'text that starts with & must be quoted',
  },
  {
    when: /DIRECTIVE|directive/,
    message: 'a line that starts with % is not a directive that is known here',
    hint: 'remove the line, or put the text in quotes',
  },
  {
    when: /MULTILINE_IMPLICIT_KEY|KEY_OVER_1024|BLOCK_AS_IMPLICIT_KEY|multiline key|nested mappings/i,
    message: 'a colon is not expected here',
    hint: 'put text that contains ": " in quotes, or mend the indentation of the lines before',
  },
  {
    when: /BAD_INDENT|indentation/,
    message: 'this line is not indented like its neighbours',
    hint: 'indent fields of one item alike, with spaces',
  },
  {
    when: /merge/,
    message: 'only mappings can be merged with <<',
    hint: 'write `<<: *name`, where &name stands before a mapping',
  },
  {
    when: /complex keys/,
    message: 'what stands before a colon must be plain text',
    hint: 'write the name of a field there, without brackets or question mark',
  },
  {
    when: /nested too deeply|nesting exceeded|RESOURCE/,
    message: 'lists and mappings are nested too deeply',
    hint: 'no field of a topology needs that: look for brackets that are repeated',
  },
  {
    when: /null byte|non-printable|not printable|printable/,
    message: 'there is a character that YAML does not allow',
    hint: 'the file may not be text at all',
  },
  {
    when: /UNEXPECTED_TOKEN|end of the stream|document separator/,
    message: 'this is not expected here',
    hint: 'mend the indentation, or put the text in quotes',
  },
];

/** What to say of a fault, and where. */
export function syntaxMessage({ offset, reason }: TextFault): Cause {
  const { message, hint } = sayings.find(({ when }) => when.test(reason)) ?? unknown;
  return { message, offset, hint };
}

const unknown: Omit<Saying, 'when'> = {
  message: 'this is not YAML',
  hint: 'compare it with what `trueingress init` prints',
};
