// The only room that knows package yaml: it lists several syntax faults at once, and prints documents with comments.
// Imported lazily: it costs 26 ms, and reading a good file needs none of it.
import { parseAllDocuments } from 'yaml';
import type { TextFault } from './parse.ts';

/** The faults in the order of the text, at most `most`. Names that stand twice are not looked for: that is quadratic here. */
export function listSyntaxFaults(text: string, most: number): TextFault[] {
  const faults: TextFault[] = [];
  try {
    for (const document of parseAllDocuments(text, { prettyErrors: false, uniqueKeys: false, merge: true })) {
      const errors = 'errors' in document ? document.errors : [];
      for (const error of errors) faults.push({ offset: error.pos[0], reason: error.code });
    }
  } catch (error) {
    if (!(error instanceof RangeError)) throw error; // its stack overflows on deep nesting
  }
  return faults.sort((a, b) => a.offset - b.offset).slice(0, most);
}
