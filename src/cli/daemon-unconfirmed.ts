// What waits for a confirmation holds the daemon up: looked at once a second, so that the run comes as soon as it is settled.
import { codeOf } from '../history/files.ts';
import type { Clock } from '../watch/clock.ts';
import type { Invocation } from './command.ts';
import { openDesk, remainingMs, waitingOn } from './confirmation.ts';

const lookMs = 1000;
/** Its timer takes it back at the deadline; where that one is gone, the next run does. */
const overdueMs = 2000;

export interface Unconfirmed {
  /** Calls once, when nothing waits any more. */
  wait(instance: string): void;
  close(): void;
}

export function followUnconfirmed(invocation: Invocation, clock: Clock, onSettled: () => void): Unconfirmed {
  let cancel = (): void => {};
  const look = async (instance: string): Promise<void> => {
    const desk = await openDesk(invocation);
    const waiting = waitingOn(desk, instance);
    if (waiting && remainingMs(desk, waiting) > -overdueMs) lookLater(instance);
    else onSettled();
  };
  /** What the file system refuses ends no daemon. */
  const lookOrAgain = async (instance: string): Promise<void> => {
    try {
      await look(instance);
    } catch (error) {
      if (codeOf(error) === undefined) throw error;
      lookLater(instance);
    }
  };
  const lookLater = (instance: string): void => {
    cancel();
    cancel = clock.after(lookMs, () => void lookOrAgain(instance));
  };
  return { wait: lookLater, close: () => cancel() };
}
