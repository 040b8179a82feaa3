// Which command made a generation live, where the history knows it.
import { codeOf } from '../history/files.ts';
import { findLatest } from '../history/history.ts';
import { whenText } from '../report/words.ts';
import type { Invocation } from './command.ts';
import { whoText } from './confirmation.ts';
import { shelfOf } from './recording.ts';
import { nowMs } from './wall-clock.ts';

/** `revert of anna as root at 15:02:11`; undefined: nobody knows. */
export async function madeBy(
  invocation: Invocation,
  instance: string,
  generation: number,
): Promise<string | undefined> {
  const shelf = await shelfOf(invocation, instance);
  try {
    const entry = findLatest(shelf, generation);
    if (!entry) return undefined;
    const policy = entry.policy === undefined ? '' : ` --policy ${entry.policy}`;
    const command = entry.kind === 'unconfirmed' ? 'missing confirmation' : entry.kind + policy;
    return `${command} of ${whoText(entry.by)} at ${whenText(Date.parse(entry.time), nowMs(invocation.environment))}`;
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return undefined;
  }
}
