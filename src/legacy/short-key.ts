// cli_service kept the first 16 bytes of a key and said nothing.
import { keyBytes } from '../topology/key-text.ts';

/** undefined: it fits, or would be cut inside a character and is no text any more. */
export function shortenedKey(key: string): { readonly key: string; readonly bytes: number } | undefined {
  const bytes = Buffer.from(key);
  if (bytes.length <= keyBytes) return undefined;
  const short = bytes.subarray(0, keyBytes).toString('utf8');
  return short.includes('\ufffd') ? undefined : { key: short, bytes: bytes.length };
}
