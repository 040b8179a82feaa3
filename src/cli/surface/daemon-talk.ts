// One question to the daemon that is meant, as commands ask it: its answer, or the problems that stand in its way.
import type { Problem } from '../../problem.ts';
import type { Attempt, Invocation } from '../command.ts';
import { converse, daemonMeant, noDaemon } from './control-client.ts';
import type { Asked, Told } from './control-words.ts';

export interface Answered {
  readonly instance: string;
  readonly told: readonly Told[];
}

export async function askDaemon({ options }: Invocation, asked: Asked): Promise<Attempt<Answered>> {
  const meant = await daemonMeant(options);
  if ('failed' in meant) return meant;
  const instance = meant.value;
  const told: Told[] = [];
  const talk = await converse(options, instance, asked, (one) => told.push(one));
  if (!talk) return { failed: [noDaemon(instance)] };
  const end = await talk.over;
  const refused = refusals(told);
  if (refused.length > 0) return { failed: refused };
  if (end === 'cut') return { failed: [gone(instance)] };
  return { value: { instance, told }, problems: [] };
}

export function refusals(told: readonly Told[]): Problem[] {
  return told.flatMap((one) => (one.tell === 'refused' ? [one.problem] : []));
}

export function gone(instance: string): Problem {
  return { ...noDaemon(instance), message: `the daemon of instance "${instance}" ended before it had answered` };
}
