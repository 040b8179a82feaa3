// What old words said that is not taken as it was said: told as warnings, so that nobody believes it is.
import { deadBits, roleOf } from '../../legacy/flags.ts';
import { type Problem, problem } from '../../problem.ts';
import type { Topology } from '../../topology/topology.ts';
import type { Change } from './changed.ts';

export function oldMeanings(asked: Change, topology: Topology): Problem[] {
  if (asked.verb !== 'set' || asked.item.kind !== 'flags') return [];
  const { direction, flags } = asked.item;
  const told: Problem[] = [];
  const dead = deadBits(direction, flags);
  if (dead !== 0)
    told.push(
      warning(
        `${dead} in the ${direction} flags ${flags} is left out: no program looks at it`,
        direction === 'egress' && dead & 2 ? 'direct replies are `mode: dso` of a service on the node' : undefined,
      ),
    );
  const role = roleOf(direction, flags);
  if (role !== undefined && role !== topology.role && topology.tunnels.length + topology.services.length > 0)
    told.push(
      warning(
        `the egress flags ${flags} are those of a ${role}, and this is a ${topology.role} with tunnels or services: it stays one`,
        'change `role` in the file, or set the flags first and the rest after',
      ),
    );
  return told;
}

export function warning(message: string, hint?: string): Problem {
  return problem('old-words', message, { hint }, 'warning');
}
