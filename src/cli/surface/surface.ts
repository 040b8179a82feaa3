// What the daemon shows of itself and takes: its socket, for commands, and HTTP where --listen says. One daemon for each instance.
import { makeDirectories } from '../../native/directories.ts';
import { problem, Refusal } from '../../problem.ts';
import { type DaemonView, daemonView } from '../../report/daemon-view.ts';
import { whyNotReady } from '../../watch/readiness.ts';
import type { Invocation } from '../command.ts';
import type { Daemon } from '../daemon.ts';
import { withKernel } from '../kernel.ts';
import { type ControlServer, nextRunOf, openControl, type Serving } from './control-server.ts';
import { usualRunDirectory } from './control-words.ts';
import { type HttpServer, openHttpServer } from './http-server.ts';
import { formatListen, parseListen } from './listen-address.ts';

export interface Surface {
  close(): Promise<void>;
}

/** Before the first run, of a daemon that holds its instance alone. Throws Refusal `listen-refused`. */
export async function openSurface(invocation: Invocation, daemon: Daemon): Promise<Surface> {
  const { log } = daemon;
  let http: HttpServer | undefined;
  const { pid } = (await invocation.environment.machine()).self();
  const view = async (): Promise<DaemonView> =>
    daemonView(log.state, {
      pid,
      listen: http && formatListen(http.address),
      notReady: await notReadyNow(invocation, daemon),
      intervalMs: invocation.options.interval,
      waiting: daemon.loop.waiting,
    });
  const serving: Serving = { daemon, view, nextRun: nextRunOf(daemon) };
  let control: Promise<ControlServer> | undefined;
  /** Files that could not be read at the start name the instance later. */
  const openOnce = async (): Promise<void> => {
    if (log.state.instance === '' || control) return;
    control = openSocket(invocation, log.state.instance, serving);
    await control;
  };
  await openOnce();
  daemon.afterRun(() => {
    openOnce().catch((error: unknown) => {
      control = undefined;
      if (!(error instanceof Refusal)) throw error;
      log.tell('failed', error.problem.message, [error.problem]);
    });
  });
  try {
    http = await openListener(invocation, daemon, view);
  } catch (error) {
    await (await control)?.close();
    throw error;
  }
  return {
    async close() {
      await http?.close();
      await (await control)?.close();
    },
  };
}

async function openSocket({ options }: Invocation, instance: string, serving: Serving): Promise<ControlServer> {
  const directory = options.runDir ?? usualRunDirectory;
  try {
    makeDirectories(directory, 0o755);
    return await openControl(directory, instance, serving);
  } catch (error) {
    if (!(error instanceof Error && 'syscall' in error)) throw error;
    throw new Refusal(problem('kernel-refused', `the socket in ${directory} cannot be made: ${error.message}`));
  }
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

async function notReadyNow(invocation: Invocation, { log }: Daemon): Promise<string[]> {
  const { state } = log;
  if (state.instance === '') return whyNotReady(state, undefined);
  try {
    return await withKernel(invocation, async ({ datapath }) => whyNotReady(state, datapath.observe(state.instance)));
  } catch (error) {
    return [`the kernel cannot be read: ${error instanceof Error ? error.message : String(error)}`];
  }
}
