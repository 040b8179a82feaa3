// cli_service kept the first 16 bytes of a key and said nothing. So does its namesake, since the other end has them; and says it.
import type { Problem } from '../../problem.ts';
import { keyBytes } from '../../topology/key-text.ts';
import type { Change } from './change.ts';
import { warning } from './meanings.ts';

export function shortKey(asked: Change): { readonly asked: Change; readonly problems: readonly Problem[] } {
  if (asked.verb !== 'set' || asked.item.kind !== 'service') return { asked, problems: [] };
  const bytes = Buffer.from(asked.item.key);
  if (bytes.length <= keyBytes) return { asked, problems: [] };
  const key = bytes.subarray(0, keyBytes).toString('utf8');
  // Cut inside a character: its bytes are no text any more, and the key is refused as too long.
  if (key.includes('\ufffd')) return { asked, problems: [] };
  const message = `the key is ${bytes.length} bytes long: the first ${keyBytes} are taken, as cli_service did`;
  return { asked: { ...asked, item: { ...asked.item, key } }, problems: [warning(message)] };
}
