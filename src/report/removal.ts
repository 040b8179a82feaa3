// What a removal took away.
import type { Observation } from '../datapath/port.ts';
import type { Live } from '../reconcile/live.ts';
import { counted } from './words.ts';

export function removalText({ instance, hooks }: Observation, { slot }: Live): string {
  const generation = slot ? ` (generation ${slot.meta.generation})` : '';
  return `Removed ${instance}${generation}: ${counted(hooks.length, 'hook')} detached, its tables and learned remotes are gone.\n`;
}

export function removalFields({ instance, hooks }: Observation, { slot }: Live): Record<string, unknown> {
  return {
    instance,
    generation: slot?.meta.generation,
    hooks: hooks.map(({ interfaceName, ifindex, direction, kind }) => ({
      interface: interfaceName,
      ifindex,
      direction,
      hook: kind,
    })),
  };
}
