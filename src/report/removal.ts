// What a removal took away.
import type { Observation } from '../datapath/port.ts';
import type { Live } from '../reconcile/live.ts';
import { counted } from './words.ts';

/** @param history whether there was one */
export function removalText({ instance, hooks }: Observation, { slot }: Live, history: boolean): string {
  const generation = slot ? ` (generation ${slot.meta.generation})` : '';
  return `Removed ${instance}${generation}: ${counted(hooks.length, 'hook')} detached, its tables${history ? ',' : ' and'} learned remotes${history ? ' and history' : ''} are gone.\n`;
}

export function removalFields(
  { instance, hooks }: Observation,
  { slot }: Live,
  history: boolean,
): Record<string, unknown> {
  return {
    instance,
    history,
    generation: slot?.meta.generation,
    hooks: hooks.map(({ interfaceName, ifindex, direction, kind }) => ({
      interface: interfaceName,
      ifindex,
      direction,
      hook: kind,
    })),
  };
}
