// The key that cli_service would have kept: its namesake takes the same, since the other end has it; and says so.
import { shortenedKey } from '../../legacy/short-key.ts';
import type { Problem } from '../../problem.ts';
import type { Change } from './changed.ts';
import { warning } from './meanings.ts';

export function shortKey(asked: Change): { readonly asked: Change; readonly problems: readonly Problem[] } {
  const short = asked.verb === 'set' && asked.item.kind === 'service' ? shortenedKey(asked.item.key) : undefined;
  if (!short || asked.verb !== 'set' || asked.item.kind !== 'service') return { asked, problems: [] };
  const message = `the key is ${short.bytes} bytes long: the first 16 are taken, as cli_service did`;
  return { asked: { ...asked, item: { ...asked.item, key: short.key } }, problems: [warning(message)] };
}
