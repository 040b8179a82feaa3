// What came of listening: one line at its end, and the last document of a stream. The counts are the listener's.
import { counted } from './words.ts';

export interface DumpCounts {
  readonly shown: number;
  readonly filtered: number;
  readonly leftOut: number;
  readonly ringFull: boolean;
}

/** `12 events shown, 3 filtered out, 0 left out` */
export function dumpText({ shown, filtered, leftOut, ringFull }: DumpCounts): string {
  const why = leftOut > 0 ? ` (${reason(ringFull)})` : '';
  return `${counted(shown, 'event')} shown, ${filtered} filtered out, ${leftOut} left out${why}\n`;
}

/** In between, where lines are missing. */
export function leftOutText(leftOut: number, ringFull: boolean): string {
  return `… ${leftOut} left out: ${reason(ringFull)}\n`;
}

function reason(ringFull: boolean): string {
  return ringFull ? 'not read fast enough' : 'more than --rate';
}

export function dumpFields(instance: string, { shown, filtered, leftOut, ringFull }: DumpCounts) {
  return { instance, shown, filtered, leftOut, ringFull };
}

/** Told when programs begin to tell. */
export function listeningText(instance: string): string {
  return `listening to ${instance}\n`;
}
