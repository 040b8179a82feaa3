// What the service manager is told, fed by the daemon's log (sd_notify(3), systemd.service(5) Type=notify-reload): ready, reloading,
// one line of status, signs of life, stopping. Where $NOTIFY_SOCKET is not set nothing is loaded and nothing is sent.
import { resolve } from 'node:path';
import { codeOf } from '../history/files.ts';
import { findStaged } from '../history/history.ts';
import { KernelError, problem } from '../problem.ts';
import { daemonSentence } from '../report/daemon.ts';
import { type Clock, realClock } from '../watch/clock.ts';
import type { RunRecord } from '../watch/state.ts';
import type { Invocation } from './command.ts';
import type { Daemon } from './daemon.ts';
import { withLive } from './live-now.ts';
import { watchHealth } from './loop-health.ts';
import { shelfOf } from './recording.ts';

/** Goes on until the daemon's log says that it stops. To be called before whatever else acts on SIGHUP. */
export async function tellServiceManager(
  invocation: Invocation,
  daemon: Daemon,
  clock: Clock = realClock,
): Promise<void> {
  const { environment } = invocation;
  const { log, loop } = daemon;
  const manager = await openManager(invocation);
  if (!manager) return;
  let isReady = false;
  /** Runs until the one is over that SIGHUP asked for; 0: no reload is going on. */
  let runsToReload = 0;

  const status = (): string => `STATUS=${daemonSentence(log.state)}`;
  const ready = (): void => {
    isReady = true;
    runsToReload = 0;
    manager.send('READY=1', status());
  };
  const releaseHangup = environment.onHangup(() => {
    // Before it was ready there is nothing to load again.
    if (!isReady) return;
    manager.send(
      'RELOADING=1',
      `MONOTONIC_USEC=${environment.monotonicNs() / 1000n}`,
      'STATUS=reading the files again',
    );
    runsToReload = loop.isRunning ? 2 : 1;
    // No run comes before somebody resumes.
    if (loop.isSuspended) ready();
  });
  daemon.afterRun((run) => {
    if (isReady && (runsToReload === 0 || --runsToReload > 0)) manager.send(status());
    else if (isReady) ready();
    else
      void servesAlready(invocation, log.state.instance, run).then((serves) => {
        if (serves && !isReady) ready();
        else manager.send(status());
      });
  });
  const stopBeating = await startBeating(invocation, daemon, clock, () => manager.send('WATCHDOG=1'));
  log.follow(({ kind }) => {
    if (kind === 'suspended' && runsToReload > 0) ready();
    else if (kind === 'suspended') manager.send(status());
    if (kind !== 'stopping') return;
    stopBeating();
    releaseHangup();
    manager.send('STOPPING=1', 'STATUS=stopping; the datapath stays as it is');
    manager.close();
  });
}

/** A bad file with something live: the host is served, and whoever waits for us may go on. With nothing live it is not. */
async function servesAlready(invocation: Invocation, instance: string, run: RunRecord): Promise<boolean> {
  if (run.result === 'converged') return true;
  const live = await withLive(invocation, instance, ({ observation, slot }) => ({
    name: observation.instance,
    generation: Number(slot.meta.generation),
  }));
  if (!live || instance !== '' || invocation.options.instance !== undefined) return live !== undefined;
  // None of our files could be read that would say whose they are. What is live is ours if it was made of them.
  return await wasMadeOf(invocation, live);
}

async function wasMadeOf(
  invocation: Invocation,
  { name, generation }: { readonly name: string; readonly generation: number },
): Promise<boolean> {
  try {
    const sources = findStaged(await shelfOf(invocation, name), generation)?.sources ?? [];
    const ours = new Set(invocation.options.file.map((file) => resolve(file)));
    return sources.some(({ file, directory }) => ours.has(resolve(file)) || ours.has(resolve(directory)));
  } catch (error) {
    if (codeOf(error) === undefined) throw error;
    return false;
  }
}

interface Manager {
  send(...lines: readonly string[]): void;
  close(): void;
}

async function openManager({ environment, talk }: Invocation): Promise<Manager | undefined> {
  const socket = environment.variables.NOTIFY_SOCKET;
  if (!socket) return undefined;
  try {
    const notifier = await environment.openNotifier(socket);
    let isOpen = true;
    return {
      send(...lines) {
        try {
          if (isOpen) notifier.send(lines);
        } catch (error) {
          // A manager that starts anew hears the next one.
          if (!(error instanceof KernelError)) throw error;
        }
      },
      close() {
        isOpen = false;
        notifier.close();
      },
    };
  } catch (error) {
    if (!(error instanceof KernelError || error instanceof RangeError)) throw error;
    const message = `the service manager cannot be told anything: ${error.message}`;
    talk.tell([problem('kernel-refused', message, { hint: 'NOTIFY_SOCKET must name its socket' }, 'warning')]);
    return undefined;
  }
}

/** At half the time that the manager waits, as sd_watchdog_enabled(3) has it; only while the loop comes round. */
async function startBeating(
  { environment, options }: Invocation,
  { log, loop }: Daemon,
  clock: Clock,
  send: () => void,
): Promise<() => void> {
  const { WATCHDOG_USEC: limitUsec = '', WATCHDOG_PID: pid } = environment.variables;
  const beatMs = /^[1-9]\d*$/.test(limitUsec) ? Number(limitUsec) / 2000 : 0;
  if (beatMs === 0) return () => {};
  if (pid !== undefined && Number(pid) !== (await environment.machine()).self().pid) return () => {};
  const isHealthy = watchHealth({ log, loop, clock, intervalMs: options.interval });
  let cancel = (): void => {};
  const beat = (): void => {
    if (isHealthy()) send();
    cancel = clock.after(beatMs, beat);
  };
  beat();
  return () => cancel();
}
