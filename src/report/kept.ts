// What a policy keeps although the file does not have it or has it otherwise: one line each.
import type { ObjectChange } from '../reconcile/objects.ts';
import type { Plan } from '../reconcile/plan.ts';
import { mostListed } from './changes.ts';
import type { Style } from './style.ts';
import { counted } from './words.ts';

/** Empty under sync, and where there is nothing that the policy keeps. */
export function keptText({ kept, policy }: Plan, all: boolean, style: Style): string {
  if (kept.length === 0) return '';
  const listed = all ? kept : kept.slice(0, mostListed);
  const rest = kept.length - listed.length;
  return [
    ...listed.map(
      (one) => `  ${style.faint('=')} ${style.strong(title(one))}  ${why(one)}, kept by --policy ${policy}\n`,
    ),
    ...(rest ? [`  and ${counted(rest, 'more', 'more')} that it keeps; --all lists them\n`] : []),
  ].join('');
}

function title({ kind, id, name }: ObjectChange): string {
  return `${kind} ${id}${name === undefined ? '' : ` "${name}"`}`;
}

function why({ action, fields }: ObjectChange): string {
  if (action === 'delete') return 'is not in the file';
  const names = fields.map(({ field }) => field).filter((field) => field !== 'epoch' && field !== 'counter');
  return `differs from the file${names.length ? ` (${names.join(', ')})` : ''}`;
}
