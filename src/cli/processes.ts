// What /proc says of processes.
import { readFileSync } from 'node:fs';

/** A process id alone is given to others in time. */
export interface ProcessName {
  readonly pid: number;
  /** proc_pid_stat(5), field 22: ticks since boot. */
  readonly startedAt: string;
}

export function processName(pid: number): ProcessName | undefined {
  const stat = statOf(pid);
  return stat && { pid, startedAt: stat.startedAt };
}

export function isRunning({ pid, startedAt }: ProcessName): boolean {
  const stat = statOf(pid);
  return stat?.startedAt === startedAt && stat.state !== 'Z';
}

export function commandName(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return '';
  }
}

function statOf(pid: number): { readonly state: string; readonly startedAt: string } | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    // The name before may hold anything, also spaces and brackets.
    const [state = '', ...rest] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return { state, startedAt: rest[18] ?? '' };
  } catch {
    return undefined;
  }
}
