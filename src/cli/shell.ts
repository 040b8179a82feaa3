// One command line of the user's, run by sh to its end or until its time is over; of what it says, the end is kept.
import { spawn } from 'node:child_process';

export interface ShellResult {
  readonly succeeded: boolean;
  /** The last words of its stdout and stderr, or how it ended when it said nothing. */
  readonly said: string;
}

const mostKept = 2000;
const lookEveryMs = 250;

/** @param goesOn asked now and then: nobody waits for the answer any more when it says no */
export function runShell(command: string, timeoutMs: number, goesOn: () => boolean): Promise<ShellResult> {
  return new Promise((resolve) => {
    // A group of its own, so that everything that it starts ends with it.
    const child = spawn('/bin/sh', ['-c', command], { detached: true, stdio: ['ignore', 'pipe', 'pipe'] });
    let said = '';
    const hear = (bytes: Buffer) => {
      said = (said + bytes.toString()).slice(-mostKept);
    };
    child.stdout.on('data', hear);
    child.stderr.on('data', hear);
    const timer = setTimeout(() => endGroup(child.pid), timeoutMs);
    const looking = setInterval(() => {
      if (!goesOn()) endGroup(child.pid);
    }, lookEveryMs);
    const end = (succeeded: boolean, how: string) => {
      clearTimeout(timer);
      clearInterval(looking);
      // What it left running may hold the pipes open for ever.
      endGroup(child.pid);
      child.stdout.destroy();
      child.stderr.destroy();
      resolve({ succeeded, said: said.trim() || how });
    };
    child.once('error', (error) => end(false, error.message));
    child.once('exit', (code, signal) => end(code === 0, signal ? `ended by ${signal}` : `exit ${code}`));
  });
}

function endGroup(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    process.kill(-pid, 'SIGKILL');
  } catch {
    // All of it has ended.
  }
}
