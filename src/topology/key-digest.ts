// A key that is shown as a digest: two equal ones look equal, and nothing can be guessed from it. The salt is of one run, since a
// short word's plain digest would tell the word to whoever tries some.
import { createHmac, randomBytes } from 'node:crypto';

/** `#3f2a91c0`: at most 16 bytes of text, so that it can stand where a key stands. */
export type KeyDigest = (key: Uint8Array) => string;

export function createKeyDigest(): KeyDigest {
  const salt = randomBytes(32);
  return (key) => `#${createHmac('sha256', salt).update(key).digest('hex').slice(0, 8)}`;
}
