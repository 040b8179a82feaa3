// `--at eth0:egress`: a hook in words, as an option's value.
import { type HookWords, parseHook } from '../packet/words/hook.ts';
import { faultText, isFault } from '../packet/words/words.ts';

/** Throws RangeError with a sentence. */
export function place(text: string): HookWords {
  const parsed = parseHook(text);
  if (isFault(parsed)) throw new RangeError(`column ${parsed.column}: ${faultText(parsed)}`);
  return parsed;
}
