// suspend and resume: one question, one answer.
import type { Answer, Invocation } from '../command.ts';
import { failure } from '../command.ts';
import { exitCodes } from '../exit.ts';
import { askDaemon, gone } from './daemon-talk.ts';

export async function setSuspended(invocation: Invocation, ask: 'suspend' | 'resume'): Promise<Answer> {
  const answered = await askDaemon(invocation, { ask });
  if ('failed' in answered) return failure(answered.failed);
  const { instance, told } = answered.value;
  const said = told.find((one) => one.tell === 'suspended');
  if (!said) return failure([gone(instance)]);
  const { suspended, changed } = said;
  return {
    kind: 'Suspension',
    exitCode: exitCodes.done,
    problems: [],
    fields: () => ({ instance, suspended, changed }),
    text: () => `${instance}: ${wordsFor(suspended, changed)}\n`,
  };
}

function wordsFor(suspended: boolean, changed: boolean): string {
  if (suspended) return changed ? 'suspended; no run is going on' : 'was suspended already';
  return changed ? 'resumed; reconciling' : 'was not suspended';
}
