// Sessions of processes, as /proc tells them; a session is what a login is, and what ends with it.
import { readdirSync, readFileSync } from 'node:fs';

/** Words that run these as sshd would: a session whose leader is a shell, another shell in it, the command in the foreground of that. */
export function asSession(words: readonly string[]): string[] {
  return ['setsid', 'sh', '-c', `sh -c '"$@"; exit $?' inner "$@" & wait`, 'outer', ...words];
}

/** proc_pid_stat(5), field 6; 0: there is no such process. */
export function sessionOf(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[3]);
  } catch {
    return 0;
  }
}

export function processesIn(session: number): number[] {
  return readdirSync('/proc')
    .map(Number)
    .filter((pid) => pid > 0 && sessionOf(pid) === session);
}

/** SIGKILL; nothing where it has ended. */
export function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It has ended.
  }
}
