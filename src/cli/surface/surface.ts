// What the daemon shows of itself and takes: its socket, for commands, and HTTP where --listen says. One daemon for each instance.
import { join } from 'node:path';
import { problem, Refusal } from '../../problem.ts';
import { type DaemonView, daemonView } from '../../report/daemon-view.ts';
import { whyNotReady } from '../../watch/readiness.ts';
import type { Invocation } from '../command.ts';
import type { Daemon } from '../daemon.ts';
import { readDesired } from '../desired.ts';
import { withKernel } from '../kernel.ts';
import { nextRunOf, openControl, type Serving } from './control-server.ts';
import { usualRunDirectory } from './control-words.ts';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { formatListen, parseListen } from './listen-address.ts';

export interface Surface {
  close(): Promise<void>;
}

interface Held {
  release(): Promise<void>;
}

/** Before the first run. Throws Refusal: `locked` naming the other daemon of the instance, `listen-refused`. */
export async function openSurface(invocation: Invocation, daemon: Daemon): Promise<Surface> {
  const { log, loop } = daemon;
  let http: HttpServer | undefined;
  const { pid } = (await invocation.environment.machine()).self();
  const view = async (): Promise<DaemonView> =>
    daemonView(log.state, {
      pid,
      listen: http && formatListen(http.address),
      notReady: await notReadyNow(invocation, daemon),
    });
  const serving: Serving = { daemon, view, nextRun: nextRunOf(daemon) };
  let wanted = '';
  let held: Held | undefined;
  const hold = async (instance: string): Promise<void> => {
    wanted = instance;
    await held?.release();
    held = undefined;
    held = await holdInstance(invocation, instance, serving);
  };
  const named = await instanceToCome(invocation);
  if (named !== undefined) await hold(named);
  // A file that could not be read at the start names its instance later, and a file may name another one.
  daemon.afterRun(() => {
    const { instance } = log.state;
    if (instance === '' || instance === wanted) return;
    hold(instance).catch((error: unknown) => {
      if (!(error instanceof Refusal)) throw error;
      loop.suspend();
      log.update({ isSuspended: true });
      log.tell('suspended', error.problem.message, [error.problem]);
    });
  });
  try {
    http = await openListener(invocation, daemon, view);
  } catch (error) {
    await held?.release();
    throw error;
  }
  return {
    async close() {
      await http?.close();
      await held?.release();
    },
  };
}

async function openListener(
  invocation: Invocation,
  daemon: Daemon,
  view: () => Promise<DaemonView>,
): Promise<HttpServer | undefined> {
  const { listen } = invocation.options;
  if (listen === undefined) return undefined;
  const address = parseListen(listen);
  if ('code' in address) throw new Refusal(address);
  const { pagesOf } = await import('./pages.ts');
  const http = await openHttpServer(address, pagesOf(invocation, daemon, view));
  daemon.log.tell('listening', `answering at ${formatListen(http.address)}`);
  return http;
}

async function instanceToCome(invocation: Invocation): Promise<string | undefined> {
  const { instance } = invocation.options;
  if (instance !== undefined) return instance;
  const read = await readDesired(invocation);
  return 'failed' in read ? undefined : read.value.name;
}

async function holdInstance({ options, environment }: Invocation, instance: string, serving: Serving): Promise<Held> {
  const directory = options.runDir ?? usualRunDirectory;
  const machine = await environment.machine();
  const lock = await machine.holdAlone(join(directory, `${instance}.daemon`));
  if ('heldBy' in lock)
    throw new Refusal(
      problem('locked', `instance "${instance}" has a daemon already: ${lock.heldBy}`, {
        hint: 'stop that one first; `trueingress status` tells what it does',
      }),
    );
  try {
    const control = await openControl(directory, instance, serving);
    return {
      async release() {
        await control.close();
        lock.release();
      },
    };
  } catch (error) {
    lock.release();
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Refusal(problem('kernel-refused', `the socket in ${directory} cannot be made: ${error.message}`));
  }
}

async function notReadyNow(invocation: Invocation, { log }: Daemon): Promise<string[]> {
  const { state } = log;
  if (state.instance === '') return whyNotReady(state, undefined);
  try {
    return await withKernel(invocation, async ({ datapath }) => whyNotReady(state, datapath.observe(state.instance)));
  } catch (error) {
    return [`the kernel cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}
