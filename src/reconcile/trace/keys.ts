// Whose key a packet brings, in words: what the bytes are is told to nobody.
import { sameBytes } from '../../packet/bytes.ts';
import { keyBytes } from '../../packet/gue.ts';
import { seenFrame } from '../../packet/seen.ts';
import type { TunnelDirectory } from '../../packet/words/outer.ts';

/** `the key of service 2/1`; undefined: there is no key in it. */
export function keyIn(frame: Uint8Array, directory: TunnelDirectory): string | undefined {
  const { keysAt, packet } = seenFrame(frame);
  const [at] = keysAt;
  if (at === undefined) return undefined;
  const { group, service } = packet?.gue ?? {};
  const known = group === undefined || service === undefined ? undefined : directory.service(group, service);
  if (!known) return 'a key of no service here';
  const key = frame.subarray(at, at + keyBytes);
  const whose = `service ${known.group}/${known.service}`;
  if (sameBytes(key, known.key)) return `the key of ${whose}`;
  return known.previousKey && sameBytes(key, known.previousKey) ? `the previous key of ${whose}` : `no key of ${whose}`;
}
