// Starts the process that waits for a confirmation, out of reach of what ends the caller: as a unit of systemd where that runs,
// otherwise in a session of its own.
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readlinkSync } from 'node:fs';
import { problem, Refusal } from '../problem.ts';

/** @param words of this command · @returns how it runs, in words */
export function startTimer(words: readonly string[], id: string): string {
  const command = [process.execPath, ...process.execArgv, process.argv[1] ?? '', ...words];
  return startUnit(command, id) ?? startSession(command);
}

/** sd_booted(3): whether systemd is what this host was started with. */
const systemdRuns = (): boolean => existsSync('/run/systemd/system');

/** A unit begins in the namespaces of the first process: from elsewhere it would not find the instance. */
function isAtHome(): boolean {
  try {
    return ['net', 'mnt'].every((kind) => readlinkSync(`/proc/self/ns/${kind}`) === readlinkSync(`/proc/1/ns/${kind}`));
  } catch {
    return false;
  }
}

export function unitCommand(
  command: readonly string[],
  id: string,
): { readonly unit: string; readonly words: string[] } {
  const unit = `trueingress-confirm-${id.slice(0, 12)}`;
  // Killed, it starts again, and goes on by what the file says.
  const properties = ['Restart=on-failure', 'RestartSec=1', 'StartLimitIntervalSec=0'];
  const words = ['--quiet', '--collect', `--unit=${unit}`, ...properties.map((one) => `--property=${one}`)];
  return { unit, words: [...words, '--', ...command] };
}

function startUnit(command: readonly string[], id: string): string | undefined {
  if (!systemdRuns() || !isAtHome()) return undefined;
  const { unit, words } = unitCommand(command, id);
  const { status } = spawnSync('systemd-run', words, { stdio: 'ignore', timeout: 10_000 });
  return status === 0 ? `unit ${unit}` : undefined;
}

/** setsid(2): no terminal, no group, no parent to be ended with. */
function startSession([program = '', ...words]: readonly string[]): string {
  const child = spawn(program, words, { detached: true, stdio: 'ignore', cwd: '/' });
  child.on('error', () => {});
  if (child.pid === undefined)
    throw new Refusal(
      problem('no-timer', 'the timer that takes back what nobody confirms could not be started', {
        hint: 'nothing was applied; free memory or processes, or leave --confirm-within away',
      }),
    );
  child.unref();
  return `process ${child.pid}`;
}
