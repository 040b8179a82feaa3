// Whether what somebody wants to see can be seen at all. Reads what is live, changes nothing.
import type { Observation } from '../datapath/port.ts';
import { type Problem, problem } from '../problem.ts';
import { verdicts } from '../tables/verdicts.ts';
import { chosenVerdicts, type EventFilter, verdictGroups } from './event-filter.ts';
import type { EventNames } from './events.ts';
import { findLive } from './live.ts';

/** The verdicts that these words mean. */
export function readVerdicts(words: readonly string[]): ReadonlySet<string> | Problem {
  const chosen = chosenVerdicts(words);
  if (!('unknown' in chosen)) return chosen;
  const names = verdicts.map(({ name }) => name).join(', ');
  return problem('usage', `"${chosen.unknown.slice(0, 60)}" is not a verdict`, {
    hint: `one of ${names}; or ${verdictGroups.join(', ')}`,
  });
}

/** Interfaces that run nothing of the instance. */
export function unknownInterfaces({ instance, hooks }: Observation, wanted: readonly string[]): Problem[] {
  const names = [...new Set(hooks.map(({ interfaceName }) => interfaceName))].sort();
  return wanted
    .filter((name) => !names.includes(name))
    .map((name) =>
      problem('interface-missing', `interface "${name.slice(0, 60)}" runs no program of instance "${instance}"`, {
        hint: names.length ? `those that do are ${names.join(', ')}` : 'none does: `trueingress attach` puts them back',
      }),
    );
}

/** Warnings: an apply may make true what is asked for now. */
export function eventDoubts(
  observation: Observation,
  { services, tunnels }: Pick<EventFilter, 'services' | 'tunnels'>,
  names: EventNames,
): Problem[] {
  const { state } = findLive(observation);
  const { instance } = observation;
  const liveServices = [...names.services.values()];
  const liveTunnels = new Set(names.tunnels.values());
  const doubt = (message: string, hint: string): Problem => problem('usage', message, { hint }, 'warning');
  return [
    ...(state === 'resting' || state === 'none'
      ? [doubt(`no interface runs instance "${instance}": nothing will be seen`, '`trueingress attach` puts it back')]
      : []),
    ...services
      .filter((one) => !liveServices.some(({ group, id }) => group === one.group && id === one.id))
      .map(({ group, id }) =>
        doubt(`instance "${instance}" has no service ${group}/${id} now`, '`trueingress show services`'),
      ),
    ...tunnels
      .filter((id) => !liveTunnels.has(id))
      .map((id) => doubt(`instance "${instance}" has no tunnel ${id} now`, '`trueingress show tunnels`')),
  ];
}
